"""The tables, triggers and views of the timeline's file, as one migration a released schema.

Started from the schema of TIMELINE.md. `PRAGMA user_version` holds the schema's number; a file
of a newer number opens read-only.
"""

from __future__ import annotations

VERSION = 1

TABLES = """
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

# INSERT OR REPLACE deletes without firing delete triggers unless recursive_triggers is on, and a
# connection may turn that off: so an insert that would replace anything is refused before it does.
# In a BEFORE INSERT trigger NEW.pos is -1 where SQLite will choose it (lang_createtrigger.html).
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
   COALESCE((SELECT MAX(epoch) FROM event WHERE run=NEW.run AND late=0),0)
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
CREATE TRIGGER erasure_update BEFORE UPDATE ON erasure BEGIN SELECT RAISE(ABORT,'append-only'); END;
CREATE TRIGGER erasure_delete BEFORE DELETE ON erasure BEGIN SELECT RAISE(ABORT,'append-only'); END;
"""

VIEWS = """
CREATE VIEW timeline AS
 SELECT e.pos,e.id,e.stream,e.seq,e.kind,e.occurred_at,e.precision,e.recorded_at,e.source,e.actor,
  e.assurance,e.incident,e.run,e.epoch,e.step,e.attempt,e.late,b.summary,b.data,
  b.pos IS NULL AS erased,s.id AS superseded_by,e.hash
 FROM event e LEFT JOIN body b USING(pos) LEFT JOIN event s ON s.supersedes=e.id;
CREATE VIEW milestone AS
 WITH seen(incident,name,at,seq,place) AS (
  SELECT e.incident,CASE e.kind WHEN 'incident_opened' THEN 'declared'
    WHEN 'incident_acknowledged' THEN 'acknowledged' WHEN 'action_sent' THEN 'first action'
    WHEN 'incident_mitigated' THEN 'mitigated' WHEN 'incident_resolved' THEN 'resolved'
    ELSE 'closed' END,e.occurred_at,e.seq,e.seq
   FROM event e WHERE e.late=0 AND e.stream='incident:'||e.incident
    AND e.kind IN('incident_opened','incident_acknowledged','action_sent','incident_mitigated',
     'incident_resolved','incident_closed')
  UNION ALL
  SELECT e.incident,'impact started',COALESCE(json_extract(b.data,'$.onset'),e.occurred_at),
    e.seq,e.seq
   FROM event e LEFT JOIN body b USING(pos)
   WHERE e.late=0 AND e.stream='incident:'||e.incident AND e.kind='incident_opened'
  UNION ALL
  SELECT e.incident,'detected',json_extract(b.data,'$.alert.starts_at'),e.seq,
    json_extract(b.data,'$.alert.starts_at')
   FROM event e JOIN body b USING(pos)
   WHERE e.late=0 AND e.stream='incident:'||e.incident AND e.kind='alert_received'
    AND json_extract(b.data,'$.alert.status')='firing'
  UNION ALL
  SELECT e.incident,'approved',e.occurred_at,e.seq,e.seq FROM event e JOIN body b USING(pos)
   WHERE e.late=0 AND e.stream='incident:'||e.incident AND e.kind='question_answered'
    AND json_extract(b.data,'$.choice')='approve'
  UNION ALL
  SELECT e.incident,CASE WHEN json_type(b.data,'$.yields.suspects') IS NULL THEN 'verified'
    ELSE 'diagnosed' END,
    CASE WHEN json_type(b.data,'$.yields.suspects') IS NULL
     THEN json_extract(b.data,'$.yields.verified_at') ELSE e.occurred_at END,e.seq,e.seq
   FROM event e JOIN body b USING(pos)
   WHERE e.late=0 AND e.stream='incident:'||e.incident AND e.kind='step_finished'
    AND json_extract(b.data,'$.outcome')='ok'
    AND (json_type(b.data,'$.yields.suspects') IS NOT NULL
     OR json_extract(b.data,'$.yields.verified_at')<>'')),
 -- beside MIN or MAX a bare column is of the row that has it (sqlite.org/lang_select.html)
 first AS (SELECT incident,name,at,seq,MIN(place) FROM seen GROUP BY incident,name),
 last AS (SELECT incident,name,at,MAX(place) FROM seen GROUP BY incident,name),
 named(name) AS (VALUES('impact started'),('detected'),('declared'),('acknowledged'),
  ('diagnosed'),('approved'),('first action'),('verified'),('mitigated'),('resolved'),('closed'))
 SELECT o.incident,n.name,f.at,f.seq,l.at AS last_at
 FROM event o JOIN named n LEFT JOIN first f ON f.incident=o.incident AND f.name=n.name
  LEFT JOIN last l ON l.incident=o.incident AND l.name=n.name
 WHERE o.kind='incident_opened' AND o.late=0;
CREATE VIEW metric AS
 WITH formula(name,later,earlier) AS (VALUES('detect','detected','impact started'),
  ('notice','acknowledged','detected'),('diagnose','diagnosed','declared'),
  ('decide','approved','diagnosed'),('propagate','verified','first action'),
  ('mitigate','mitigated','impact started'),('resolve','resolved','impact started'))
 SELECT m.incident,f.name,f.later||' - '||f.earlier AS formula,
  (1000000*(strftime('%s',substr(m.at,1,19))-strftime('%s',substr(e.at,1,19)))
   +substr(m.at,21,6)-substr(e.at,21,6))/1e6 AS seconds
 FROM formula f JOIN milestone m ON m.name=f.later
  JOIN milestone e ON e.name=f.earlier AND e.incident=m.incident;
CREATE VIEW incident AS
 SELECT o.incident AS id,
  COALESCE(json_extract(b.data,'$.service'),'(erased)') AS service,
  COALESCE(json_extract(b.data,'$.title'),'(erased)') AS title,
  COALESCE((SELECT json_extract(sb.data,'$.severity') FROM event s JOIN body sb USING(pos)
   WHERE s.stream=o.stream AND s.kind='severity_set' AND s.late=0 ORDER BY s.seq DESC LIMIT 1),
   json_extract(b.data,'$.severity'),'SEV3') AS severity,
  COALESCE((SELECT CASE s.kind WHEN 'incident_mitigated' THEN 'mitigated'
    WHEN 'incident_resolved' THEN 'resolved' WHEN 'incident_closed' THEN 'closed'
    WHEN 'incident_merged' THEN 'merged' WHEN 'incident_declined' THEN 'declined' ELSE 'open' END
   FROM event s WHERE s.stream=o.stream AND s.late=0 AND s.kind IN('incident_mitigated',
    'incident_resolved','incident_reopened','incident_closed','incident_merged',
    'incident_declined')
   ORDER BY s.seq DESC LIMIT 1),'open') AS status,
  o.occurred_at AS opened_at
 FROM event o LEFT JOIN body b USING(pos) WHERE o.kind='incident_opened' AND o.late=0;
CREATE VIEW served AS
 SELECT substr(e.stream,9) AS service, e.occurred_at, json_extract(b.data,'$.wanted') AS wanted,
  r.key AS replica, r.value AS version, json_extract(b.data,'$.previous_at') AS previous_at
 FROM event e JOIN body b USING(pos), json_each(b.data,'$.served') r
 WHERE e.kind='service_looked' AND e.late=0;
"""

SEARCH = """
CREATE VIRTUAL TABLE IF NOT EXISTS body_fts
 USING fts5(summary,data,content='body',content_rowid='pos');
"""
