"""What calendars and feed readers make of our feeds."""

import datetime
import io
import zoneinfo

UTC = datetime.timezone.utc


def starts(calendar, begin, end):
    """When each event of a calendar comes between two instants, by its name."""
    import recurring_ical_events

    found = {}
    for event in recurring_ical_events.of(calendar).between(begin, end):
        at = event["DTSTART"].dt.astimezone(UTC)
        if begin <= at < end:
            found.setdefault(str(event["SUMMARY"]), []).append(at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    return {name: sorted(times) for name, times in found.items()}


def check_rules(zone, begin, end):
    """Compares the rules of a zone that a calendar spells out with those that are known by its
    name, at every quarter of an hour. Where clocks are put forward, readers of such rules differ
    about the times left out, so instants are asked, not local times."""
    known = zoneinfo.ZoneInfo(str(zone["TZID"]))
    onsets = []
    for rule in zone.subcomponents:
        before, after = rule["TZOFFSETFROM"].td, rule["TZOFFSETTO"].td
        for local in [rule["DTSTART"].dt, *(dates[0] for dates in rule.rdates)]:
            onsets.append(((local - before).replace(tzinfo=UTC), before, after))
    onsets.sort()
    for (_, _, offset), (at, before, _) in zip(onsets, onsets[1:]):
        if offset != before:
            raise ValueError(f"{known} is at {offset} until {at}, and then at {before} before it")
    at = begin
    while at < end:
        offset = [after for onset, _, after in onsets if onset <= at][-1]
        if offset != at.astimezone(known).utcoffset():
            raise ValueError(f"{known} is at {offset} at {at}")
        at += datetime.timedelta(minutes=15)


def calendar(sent):
    """Reads a calendar and the rules of its zones."""
    import icalendar

    text = sent["text"]
    for line in text.split("\r\n"):
        if len(line.encode()) > 75 or "\n" in line:
            raise ValueError(f"{line!r} is not a line of iCalendar")
    parsed = icalendar.Calendar.from_ical(text)
    for component in parsed.walk():
        if component.errors:
            raise ValueError(f"{component.name}: {component.errors}")
    if missing := parsed.get_missing_tzids():
        raise ValueError(f"no rules for {missing}")
    begin, end = (datetime.datetime.fromisoformat(sent[name]) for name in ("begin", "end"))
    for zone in parsed.walk("VTIMEZONE"):
        check_rules(zone, begin, end)
    event = parsed.walk("VEVENT")[0]
    return {
        "zones": len(parsed.walk("VTIMEZONE")),
        "starts": starts(parsed, begin, end),
        "first": {
            "summary": str(event["SUMMARY"]),
            "description": str(event["DESCRIPTION"]),
            "url": str(event["URL"]),
            "uid": str(event["UID"]),
            "sequence": int(event["SEQUENCE"]),
            "alarm": event.walk("VALARM")[0]["TRIGGER"].dt.total_seconds(),
        },
    }


def rss(sent):
    """Reads a feed as most readers do."""
    import feedparser

    feed = feedparser.parse(io.BytesIO(sent["text"].encode()), sanitize_html=False)
    if feed.bozo:
        raise ValueError(f"not well formed: {feed.bozo_exception}")
    links = [link["href"] for link in feed.feed.links if link["rel"] == "self"]
    return {
        "version": feed.version,
        "title": feed.feed.title,
        "self": links,
        "items": [
            {
                "id": entry.id,
                "title": entry.title,
                "url": entry.link,
                "date": datetime.datetime(*entry.published_parsed[:6]).isoformat() + "Z",
                "html": entry.description,
            }
            for entry in feed.entries
        ],
    }
