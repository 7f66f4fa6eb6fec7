package main

import (
	"fmt"
	"strings"
	"time"

	"keelson.dev/runner/cronexpr"
)

// schedule is a cron expression in a time zone.
type schedule struct {
	expression *cronexpr.Expression
	zone       *time.Location
	// Every hour of the day is one of it: it follows the time that passes, not the clock on the wall.
	everyHour bool
}

func parseSchedule(text, zone string) (schedule, error) {
	// The library looks for a year that never comes without an end.
	expression, err := cronexpr.ParseStrict(text)
	if err != nil {
		return schedule{}, fmt.Errorf("schedule: %q is not a cron schedule: %w", text, err)
	}
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return schedule{}, fmt.Errorf("timeZone: %q is not a time zone", zone)
	}
	s := schedule{expression: expression, zone: location}
	fields := strings.Fields(text)
	s.everyHour = hourOf(fields) == "*" || hourOf(fields) == "0-23" || hourOf(fields) == "*/1"
	return s, nil
}

func hourOf(fields []string) string {
	if len(fields) == 7 {
		return fields[2]
	}
	if len(fields) == 5 {
		return fields[1]
	}
	return ""
}

// next is the first time after another one; the zero time where there is none.
//
// On the days on which the clock is changed, what has an hour runs once: what falls into the hour that is left out runs
// as soon as it is over, and what falls into the hour that comes twice runs in the first of the two. What runs in every
// hour follows the time that passes.
func (s schedule) next(after time.Time) time.Time {
	if s.everyHour {
		return s.nextPassing(after)
	}
	local := after.In(s.zone)
	wall := asUTC(local)
	if isRepeated(local, s.zone) {
		// The second of the two: its times have been.
		wall = endOfFold(local, s.zone).Add(-time.Nanosecond)
	}
	// A time that was left out has become another one, so it may be up to one change of the clock back.
	for {
		wall = s.expression.Next(wall)
		if wall.IsZero() {
			return wall
		}
		if instant := s.instant(wall); instant.After(after) {
			return instant
		}
	}
}

// nextPassing takes each stretch between two changes of the clock by itself.
func (s schedule) nextPassing(after time.Time) time.Time {
	from := after
	for {
		local := from.In(s.zone)
		name, offset := local.Zone()
		_, end := local.ZoneBounds()
		fixed := time.FixedZone(name, offset)
		found := s.expression.Next(from.In(fixed))
		if end.IsZero() || (!found.IsZero() && found.Before(end)) {
			return found
		}
		// A time at the very beginning of the next stretch is one of it.
		from = end.Add(-time.Nanosecond).In(s.zone)
		first := end.In(s.zone)
		name, offset = first.Zone()
		found = s.expression.Next(from.In(time.FixedZone(name, offset)))
		_, following := first.ZoneBounds()
		if found.IsZero() || following.IsZero() || found.Before(following) {
			return found
		}
		from = following.Add(-time.Nanosecond)
	}
}

// instant is when the clock on the wall first shows a time, or leaves it out.
func (s schedule) instant(wall time.Time) time.Time {
	year, month, day := wall.Date()
	hour, minute, second := wall.Clock()
	guess := time.Date(year, month, day, hour, minute, second, 0, s.zone)
	start, end := guess.ZoneBounds()
	// Of the candidates in the stretch of time before, this one and the next the first that shows the time.
	for _, at := range []time.Time{start.Add(-time.Nanosecond), guess, end} {
		if at.IsZero() {
			continue
		}
		_, offset := at.In(s.zone).Zone()
		candidate := wall.Add(-time.Duration(offset) * time.Second)
		if asUTC(candidate.In(s.zone)).Equal(wall) {
			return candidate
		}
	}
	// None does: the clock went past it at the change that is nearest.
	if asUTC(guess.In(s.zone)).After(wall) {
		return start
	}
	return end
}

// asUTC is what the clock on the wall shows, as if it were UTC.
func asUTC(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.Add(time.Duration(offset) * time.Second).UTC()
}

// isRepeated tells whether the clock shows a time for the second time.
func isRepeated(t time.Time, zone *time.Location) bool {
	start, _ := t.In(zone).ZoneBounds()
	if start.IsZero() {
		return false
	}
	return asUTC(t.In(zone)).Before(endOfFold(t, zone))
}

// endOfFold is what the clock showed when it was last changed.
func endOfFold(t time.Time, zone *time.Location) time.Time {
	start, _ := t.In(zone).ZoneBounds()
	_, before := start.Add(-time.Nanosecond).In(zone).Zone()
	return start.Add(time.Duration(before) * time.Second).UTC()
}
