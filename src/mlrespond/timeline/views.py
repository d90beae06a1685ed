"""The views of the timeline's file: folds over the events, for people with a query.

They hold nothing. A migration that changes one drops them all and makes them anew.
"""

from __future__ import annotations

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
    AND (e.kind<>'action_sent' OR NOT EXISTS(SELECT 1 FROM event p JOIN body q USING(pos)
     WHERE p.stream=e.stream
     AND p.kind='step_started' AND p.late=0 AND p.run IS e.run AND p.step IS e.step
     AND json_extract(q.data,'$.effect')='page'))
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
  SELECT e.incident,'asked',e.occurred_at,e.seq,e.seq FROM event e JOIN body b USING(pos)
   WHERE e.late=0 AND e.stream='incident:'||e.incident AND e.kind='question_asked'
    AND json_extract(b.data,'$.sort')='approval'
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
     OR json_extract(b.data,'$.yields.verified_at')<>'')
    AND NOT EXISTS(SELECT 1 FROM event p JOIN body q USING(pos) WHERE p.stream=e.stream
     AND p.kind='step_started' AND p.late=0 AND p.run IS e.run AND p.step IS e.step
     AND json_extract(q.data,'$.effect')='page')),
 -- beside MIN or MAX a bare column is of the row that has it (sqlite.org/lang_select.html)
 first AS (SELECT incident,name,at,seq,MIN(place) FROM seen GROUP BY incident,name),
 last AS (SELECT incident,name,at,MAX(place) FROM seen GROUP BY incident,name),
 named(name) AS (VALUES('impact started'),('detected'),('declared'),('acknowledged'),
  ('diagnosed'),('asked'),('approved'),('first action'),('verified'),
  ('mitigated'),('resolved'),('closed'))
 SELECT o.incident,n.name,f.at,f.seq,l.at AS last_at
 FROM event o JOIN named n LEFT JOIN first f ON f.incident=o.incident AND f.name=n.name
  LEFT JOIN last l ON l.incident=o.incident AND l.name=n.name
 WHERE o.kind='incident_opened' AND o.late=0;
CREATE VIEW metric AS
 WITH formula(name,later,earlier) AS (VALUES('detect','detected','impact started'),
  ('notice','acknowledged','detected'),('diagnose','diagnosed','declared'),
  ('decide','asked','diagnosed'),('approve','approved','asked'),
  ('propagate','verified','first action'),('verify','mitigated','verified'),
  ('respond','mitigated','declared'),('mitigate','mitigated','impact started'),
  ('resolve','resolved','impact started'))
 SELECT m.incident,f.name,f.later||' - '||f.earlier AS formula,
  (1000000*(strftime('%s',substr(m.at,1,19))-strftime('%s',substr(e.at,1,19)))
   +substr(m.at,21,6)-substr(e.at,21,6))/1e6 AS seconds,
  NULLIF(CASE WHEN m.at IS NULL THEN f.later ELSE '' END
   ||CASE WHEN m.at IS NULL AND e.at IS NULL THEN ', ' ELSE '' END
   ||CASE WHEN e.at IS NULL THEN f.earlier ELSE '' END,'') AS missing
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
CREATE VIEW action_item AS
 WITH added AS (SELECT a.pos,a.id,a.incident,a.stream,a.seq,a.late,a.occurred_at,b.data,
   json_extract(b.data,'$.item') AS given,
   row_number() OVER (PARTITION BY a.stream,json_extract(b.data,'$.item') ORDER BY a.seq) AS nth
   FROM event a JOIN body b USING(pos) WHERE a.kind='action_item_added'),
 -- both sides of a handover may have named one alike
 named AS (SELECT *,given||CASE nth WHEN 1 THEN '' ELSE char(96+nth) END AS item FROM added),
 -- older events do not name the event that added the item
 said AS (SELECT c.seq,c.kind,x.data,COALESCE(NULLIF(json_extract(x.data,'$.added'),''),
   (SELECT n.id FROM named n WHERE c.late=1 AND n.late=1 AND n.stream=c.stream AND n.seq<c.seq
    AND n.given=json_extract(x.data,'$.item') ORDER BY n.seq DESC LIMIT 1),
   (SELECT n.id FROM named n WHERE n.stream=c.stream AND n.item=json_extract(x.data,'$.item')
    AND n.seq<c.seq)) AS added
   FROM event c JOIN body x USING(pos)
   WHERE c.kind IN('action_item_changed','action_item_closed'))
 SELECT a.id,a.incident,a.item,
  COALESCE((SELECT json_extract(s.data,'$.text') FROM said s WHERE s.added=a.id
    AND s.kind='action_item_changed' AND json_type(s.data,'$.text')='text'
    ORDER BY s.seq DESC LIMIT 1),json_extract(a.data,'$.text')) AS text,
  json_extract(a.data,'$.sort') AS type,
  COALESCE((SELECT json_extract(s.data,'$.owner') FROM said s WHERE s.added=a.id
    AND s.kind='action_item_changed' AND json_type(s.data,'$.owner')='text'
    ORDER BY s.seq DESC LIMIT 1),json_extract(a.data,'$.owner')) AS owner,
  COALESCE((SELECT json_extract(s.data,'$.due') FROM said s WHERE s.added=a.id
    AND s.kind='action_item_changed' AND json_type(s.data,'$.due')='text'
    ORDER BY s.seq DESC LIMIT 1),json_extract(a.data,'$.due')) AS due,
  COALESCE((SELECT json_extract(s.data,'$.link') FROM said s WHERE s.added=a.id
    AND s.kind='action_item_changed' AND json_type(s.data,'$.link')='text'
    ORDER BY s.seq DESC LIMIT 1),json_extract(a.data,'$.link')) AS link,
  COALESCE((SELECT json_extract(s.data,'$.outcome') FROM said s WHERE s.added=a.id
    AND s.kind='action_item_closed' ORDER BY s.seq DESC LIMIT 1),'open') AS status,
  a.occurred_at AS added_at,a.seq
 FROM named a ORDER BY a.pos;
CREATE VIEW blast_radius AS
 WITH newest AS (SELECT incident,MAX(seq) AS seq FROM event JOIN body USING(pos)
   WHERE kind='blast_measured' GROUP BY incident),
 settled AS (SELECT e.incident,
   SUM(iif(json_extract(b.data,'$.outcome')='reversed',json_extract(b.data,'$.count'),0)) AS gone,
   SUM(iif(json_extract(b.data,'$.outcome')='kept',json_extract(b.data,'$.count'),0)) AS kept
  FROM event e JOIN body b USING(pos) WHERE e.kind='decisions_settled' GROUP BY e.incident)
 SELECT e.incident,e.occurred_at AS measured_at,
  (SELECT group_concat(value,', ') FROM json_each(b.data,'$.versions')) AS versions,
  json_extract(b.data,'$.since') AS since,json_extract(b.data,'$.until') AS until,
  json_extract(b.data,'$.affected') AS predictions_affected,
  json_extract(b.data,'$.logged') AS predictions,
  json_extract(b.data,'$.entities_affected') AS entities_affected,
  json_extract(b.data,'$.entities') AS entities,
  json_extract(b.data,'$.to_reverse') AS to_reverse,
  COALESCE(s.gone,0) AS reversed,COALESCE(s.kept,0) AS kept,
  MAX(0,json_extract(b.data,'$.to_reverse')-COALESCE(s.gone,0)-COALESCE(s.kept,0)) AS left,e.seq
 FROM newest n JOIN event e ON e.stream='incident:'||n.incident AND e.seq=n.seq
  JOIN body b USING(pos) LEFT JOIN settled s ON s.incident=n.incident;
"""
NAMES = ("timeline", "milestone", "metric", "incident", "served", "action_item", "blast_radius")
