package main

import (
	"testing"
	"time"
)

func times(t *testing.T, text, zone, from string, count int) []string {
	t.Helper()
	s, err := parseSchedule(text, zone)
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, from)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for range count {
		if at = s.next(at); at.IsZero() {
			break
		}
		found = append(found, at.UTC().Format("2006-01-02T15:04:05Z"))
	}
	return found
}

func TestNext(t *testing.T) {
	for _, each := range []struct {
		what, text, zone, from string
		want                   []string
	}{
		{"UTC", "30 3 * * *", "UTC", "2026-03-28T03:30:00Z", []string{"2026-03-29T03:30:00Z", "2026-03-30T03:30:00Z"}},
		{
			"an hour that is left out: as soon as it is over, once",
			"30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z",
			[]string{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"},
		},
		{
			"several times that are left out are one",
			"*/15 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z",
			[]string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"},
		},
		{
			"an hour that comes twice: in the first",
			"30 2 * * *", "Europe/Berlin", "2026-10-24T10:00:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		},
		{
			"and from within the second none of it",
			"*/15 2 * * *", "Europe/Berlin", "2026-10-25T01:05:00Z",
			[]string{"2026-10-26T01:00:00Z", "2026-10-26T01:15:00Z"},
		},
		{
			"what runs in every hour follows the time that passes",
			"30 * * * *", "Europe/Berlin", "2026-10-24T23:45:00Z",
			[]string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"},
		},
		{
			"in the night that is short as well",
			"*/30 * * * *", "Europe/Berlin", "2026-03-29T00:10:00Z",
			[]string{"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"},
		},
		{
			"a change of the clock at midnight",
			"0 0 * * *", "Africa/Cairo", "2026-04-23T12:00:00Z",
			[]string{"2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"},
		},
		{
			"a change by half an hour",
			"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z",
			[]string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"},
		},
		{
			"west of Greenwich",
			"30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		},
		{
			"seconds",
			"*/20 * * * * * *", "UTC", "2026-03-07T12:00:50Z",
			[]string{"2026-03-07T12:01:00Z", "2026-03-07T12:01:20Z"},
		},
		{"29 February", "0 0 29 2 *", "UTC", "2026-03-07T12:00:50Z", []string{"2028-02-29T00:00:00Z"}},
		{"the last day of a month", "0 0 L * *", "UTC", "2026-02-07T00:00:00Z", []string{"2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z"}},
	} {
		found := times(t, each.text, each.zone, each.from, len(each.want))
		for index, want := range each.want {
			if index >= len(found) || found[index] != want {
				t.Errorf("%s: %s in %s: got %v, want %v", each.what, each.text, each.zone, found, each.want)
				break
			}
		}
	}
}

// Each day of two years has one run, whatever the zone does to its clock.
func TestOncePerDay(t *testing.T) {
	for _, zone := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia"} {
		for _, text := range []string{"0 0 * * *", "30 2 * * *", "59 1 * * *", "0 3 * * *", "0,30 2 * * *"} {
			s, err := parseSchedule(text, zone)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2025, 1, 1, 12, 0, 0, 0, s.zone)
			days := map[string]int{}
			for {
				next := s.next(at)
				if !next.After(at) {
					t.Fatalf("%s in %s: %s follows %s", text, zone, next, at)
				}
				if next.Year() > 2026 {
					break
				}
				at = next
				days[at.In(s.zone).Format(time.DateOnly)]++
			}
			most := 1
			if text == "0,30 2 * * *" {
				most = 2
			}
			for day := time.Date(2025, 1, 2, 12, 0, 0, 0, s.zone); day.Year() < 2027; day = day.AddDate(0, 0, 1) {
				count := days[day.Format(time.DateOnly)]
				if count < 1 || count > most {
					t.Errorf("%s in %s: %d runs on %s", text, zone, count, day.Format(time.DateOnly))
				}
			}
		}
	}
}

// What runs in every hour goes on at its pace, also on the days of change: an hour of the clock neither stops it nor
// lets it run without a pause.
func TestEveryHourGoesOn(t *testing.T) {
	for _, zone := range []string{"America/Los_Angeles", "Europe/London", "Australia/Lord_Howe", "America/Santiago", "UTC"} {
		for text, pace := range map[string]time.Duration{"0 * * * *": time.Hour, "*/15 * * * *": 15 * time.Minute, "30 * * * *": time.Hour} {
			s, err := parseSchedule(text, zone)
			if err != nil {
				t.Fatal(err)
			}
			for at := s.next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); at.Year() < 2027; {
				next := s.next(at)
				// Where the clock is changed by half an hour, so is what a minute of the hour is.
				if gap := next.Sub(at); gap <= 0 || gap > pace+30*time.Minute {
					t.Fatalf("%s in %s: %s follows %s", text, zone, next, at)
				}
				at = next
			}
		}
	}
}

func TestWrongSchedules(t *testing.T) {
	for _, each := range [][2]string{{"* * * *", "UTC"}, {"61 * * * *", "UTC"}, {"* * * * *", "Mars/Olympus"}, {"* * * * *", "Local"}} {
		if _, err := parseSchedule(each[0], each[1]); err == nil {
			t.Errorf("%v is taken", each)
		}
	}
}
