"""The tables of the timeline's file, one script a schema, and the triggers; views are in `views`.

Started from the schema of TIMELINE.md. `PRAGMA user_version` holds the schema's number; a file
of a newer number opens read-only. Scripts of tables are never edited after release; triggers and
views hold nothing, and are made anew whenever a file is brought up to a newer number: whoever
changes one adds a number, with a script that may be empty.
"""

from __future__ import annotations

VERSION = 6

_EVENTS = """
CREATE TABLE event(
 pos INTEGER PRIMARY KEY AUTOINCREMENT,
 id TEXT NOT NULL UNIQUE,
 stream TEXT NOT NULL,
 seq INTEGER NOT NULL,
 kind TEXT NOT NULL,
 v INTEGER NOT NULL DEFAULT 1,
 occurred_at TEXT NOT NULL CHECK(occurred_at GLOB '????-??-??T??:??:??.??????Z'),
 precision TEXT NOT NULL CHECK(precision IN('exact','approx')),
 recorded_at TEXT NOT NULL CHECK(recorded_at GLOB '????-??-??T??:??:??.??????Z'),
 source TEXT NOT NULL CHECK(source IN('engine','person','webhook','poll')),
 actor TEXT NOT NULL,
 assurance TEXT NOT NULL CHECK(assurance IN('claimed','os','signed','none')),
 incident TEXT,
 run TEXT,
 epoch INTEGER,
 step TEXT,
 attempt INTEGER,
 late INTEGER NOT NULL DEFAULT 0 CHECK(late IN(0,1)),
 once TEXT UNIQUE,
 supersedes TEXT UNIQUE REFERENCES event(id),
 body_digest TEXT NOT NULL,
 prev_hash TEXT NOT NULL,
 hash TEXT NOT NULL,
 UNIQUE(stream,seq),
 CHECK((run IS NULL)=(epoch IS NULL)));
CREATE TABLE body(
 pos INTEGER PRIMARY KEY REFERENCES event(pos),
 summary TEXT NOT NULL,
 data TEXT NOT NULL,
 salt TEXT NOT NULL);
CREATE TABLE evidence(
 digest TEXT PRIMARY KEY,
 media TEXT NOT NULL,
 codec TEXT NOT NULL CHECK(codec IN('raw','zlib')),
 size INTEGER NOT NULL,
 class TEXT NOT NULL CHECK(class IN('reading','profile','sample','plan','document')),
 bytes BLOB NOT NULL);
CREATE TABLE event_evidence(
 pos INTEGER NOT NULL REFERENCES event(pos),
 role TEXT NOT NULL,
 digest TEXT NOT NULL,
 PRIMARY KEY(pos,role,digest)) WITHOUT ROWID;
CREATE TABLE erasure(
 target TEXT PRIMARY KEY,
 by_event TEXT NOT NULL REFERENCES event(id)) WITHOUT ROWID;
CREATE TABLE projection(
 name TEXT PRIMARY KEY,
 pos INTEGER NOT NULL);
CREATE INDEX event_kind ON event(kind,pos);
CREATE INDEX event_stream_kind ON event(stream,kind,seq);
CREATE INDEX event_run ON event(run,epoch) WHERE run IS NOT NULL AND late=0;
CREATE INDEX event_incident ON event(incident,pos) WHERE incident IS NOT NULL;
CREATE INDEX event_evidence_digest ON event_evidence(digest);
"""

# A seal a commit ties together the streams, whose own chains know nothing of each other: without
# it a whole stream could be taken out and the rest be given its positions. The last page of a
# long stream is found by when its events happened.
_SEALS = """
CREATE TABLE seal(
 pos INTEGER PRIMARY KEY REFERENCES event(pos),
 hash TEXT NOT NULL);
CREATE INDEX event_stream_time ON event(stream,occurred_at,seq,kind);
"""

TABLES: dict[int, str] = {1: _EVENTS, 2: "", 3: _SEALS, 4: "", 5: "", 6: ""}
"""What each schema adds to the one before it."""

# INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on, and a
# connection may turn that off: so an insert that would replace anything is refused before it does.
# In a BEFORE INSERT trigger NEW.pos is -1 where SQLite will choose it (lang_createtrigger.html).
# A ledger that came in a bundle tells of runs whose incidents are not here: those fence nothing.
TRIGGERS = """
CREATE TRIGGER event_append BEFORE INSERT ON event BEGIN
 SELECT RAISE(ABORT,'replaced') WHERE EXISTS(SELECT 1 FROM event WHERE pos=NEW.pos)
   OR EXISTS(SELECT 1 FROM event WHERE id=NEW.id)
   OR EXISTS(SELECT 1 FROM event WHERE stream=NEW.stream AND seq=NEW.seq);
 SELECT RAISE(ABORT,'already-superseded')
   WHERE EXISTS(SELECT 1 FROM event WHERE supersedes=NEW.supersedes);
 SELECT RAISE(ABORT,'already-settled') WHERE EXISTS(SELECT 1 FROM event WHERE once=NEW.once);
 SELECT RAISE(ABORT,'seq-conflict')
   WHERE NEW.seq<>1+COALESCE((SELECT MAX(seq) FROM event WHERE stream=NEW.stream),0);
 SELECT RAISE(ABORT,'chain-broken') WHERE NEW.seq=1 AND NEW.prev_hash<>'{genesis}';
 SELECT RAISE(ABORT,'chain-broken') WHERE NEW.seq>1 AND NEW.prev_hash<>
   (SELECT hash FROM event WHERE stream=NEW.stream AND seq=NEW.seq-1);
 SELECT RAISE(ABORT,'fenced') WHERE NEW.run IS NOT NULL AND NEW.late=0 AND NEW.epoch<>
   COALESCE((SELECT MAX(epoch) FROM event WHERE run=NEW.run AND late=0
   AND stream NOT GLOB 'service:*'),IIF(NEW.stream GLOB 'service:*',NEW.epoch,0))
   +(NEW.kind='run_claimed');
 SELECT RAISE(ABORT,'bad-supersede') WHERE NEW.supersedes IS NOT NULL AND NOT EXISTS
   (SELECT 1 FROM event WHERE id=NEW.supersedes AND stream=NEW.stream AND source='person');
 SELECT RAISE(ABORT,'position-chosen') WHERE NEW.pos IS NOT NULL AND NEW.pos NOT IN
   (-1,1+COALESCE((SELECT MAX(pos) FROM event),0));
END;
CREATE TRIGGER event_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER event_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER body_insert BEFORE INSERT ON body BEGIN
 SELECT RAISE(ABORT,'no-event') WHERE NOT EXISTS(SELECT 1 FROM event WHERE pos=NEW.pos);
 SELECT RAISE(ABORT,'replaced') WHERE EXISTS(SELECT 1 FROM body WHERE pos=NEW.pos);
 SELECT RAISE(ABORT,'erased') WHERE EXISTS(SELECT 1 FROM erasure e JOIN event v
   ON e.target='event:'||v.id WHERE v.pos=NEW.pos);
END;
CREATE TRIGGER body_update BEFORE UPDATE ON body BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER body_delete BEFORE DELETE ON body BEGIN
 SELECT RAISE(ABORT,'append-only') WHERE NOT EXISTS(SELECT 1 FROM erasure e JOIN event v
   ON e.target='event:'||v.id WHERE v.pos=OLD.pos);
END;
CREATE TRIGGER evidence_insert BEFORE INSERT ON evidence BEGIN
 SELECT RAISE(ABORT,'replaced') WHERE EXISTS(SELECT 1 FROM evidence WHERE digest=NEW.digest);
 SELECT RAISE(ABORT,'erased')
   WHERE EXISTS(SELECT 1 FROM erasure WHERE target='evidence:'||NEW.digest);
END;
CREATE TRIGGER evidence_update BEFORE UPDATE ON evidence BEGIN
 SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER evidence_delete BEFORE DELETE ON evidence BEGIN
 SELECT RAISE(ABORT,'append-only')
   WHERE NOT EXISTS(SELECT 1 FROM erasure WHERE target='evidence:'||OLD.digest);
END;
CREATE TRIGGER erasure_insert BEFORE INSERT ON erasure BEGIN
 SELECT RAISE(ABORT,'replaced') WHERE EXISTS(SELECT 1 FROM erasure WHERE target=NEW.target);
 SELECT RAISE(ABORT,'no-erasure-event') WHERE NOT EXISTS(SELECT 1 FROM event v JOIN body b
   USING(pos) WHERE v.id=NEW.by_event AND v.kind='content_erased'
   AND json_extract(b.data,'$.target')=NEW.target);
END;
CREATE TRIGGER seal_insert BEFORE INSERT ON seal BEGIN
 SELECT RAISE(ABORT,'replaced') WHERE EXISTS(SELECT 1 FROM seal WHERE pos>=NEW.pos);
 SELECT RAISE(ABORT,'no-event') WHERE NEW.pos<>(SELECT MAX(pos) FROM event);
END;
CREATE TRIGGER seal_update BEFORE UPDATE ON seal BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER seal_delete BEFORE DELETE ON seal BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER erasure_update BEFORE UPDATE ON erasure BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER erasure_delete BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT,'append-only'); END;
"""

SEARCH = """
CREATE VIRTUAL TABLE IF NOT EXISTS body_fts
 USING fts5(summary,data,content='body',content_rowid='pos');
"""
