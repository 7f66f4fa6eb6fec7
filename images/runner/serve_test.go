package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeClock goes on by itself, whenever somebody sleeps.
type fakeClock struct {
	mutex sync.Mutex
	at    time.Time
}

func (c *fakeClock) now() time.Time {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.at
}

func (c *fakeClock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.at = c.at.Add(by)
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	found, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func testJob(t *testing.T, text, zone string) *job {
	t.Helper()
	times, err := parseSchedule(text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return &job{Name: "tick", Schedule: text, TimeZone: zone, Overlap: forbid, TimeoutSeconds: 60, Command: []string{"true"}, times: times}
}

// testServer has a runner whose runs take no time, and writes down when they were for.
func testServer(t *testing.T, j *job, l ledger, clock *fakeClock, container string) (*server, func() []string) {
	t.Helper()
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	var mutex sync.Mutex
	var ran []string
	s := &server{jobs: &config{Jobs: []*job{j}}, ledger: l, log: newLog(&bytes.Buffer{}), container: container, now: clock.now}
	s.sleep = func(_ context.Context, long time.Duration) { clock.advance(long) }
	s.perform = func(_ context.Context, _ *job, c claimed) run {
		mutex.Lock()
		defer mutex.Unlock()
		ended, now := c.run, clock.now()
		ended.Result, ended.End = success, &now
		ran = append(ran, c.run.Scheduled.UTC().Format(time.RFC3339))
		return ended
	}
	return s, func() []string {
		s.runs.Wait()
		mutex.Lock()
		defer mutex.Unlock()
		return append([]string{}, ran...)
	}
}

// until lets a runner go on until the clock shows a time.
func (s *server) until(t *testing.T, j *job, clock *fakeClock, end time.Time) {
	t.Helper()
	drained, drain := context.WithCancel(context.Background())
	defer drain()
	from := s.adopt(drained, j)
	inner := s.sleep
	s.sleep = func(c context.Context, long time.Duration) {
		s.runs.Wait()
		if inner(c, long); !clock.now().Before(end) {
			drain()
		}
	}
	s.schedule(drained, context.Background(), j, from)
	s.sleep = inner
	s.runs.Wait()
}

func equal(t *testing.T, what string, got, want []string) {
	t.Helper()
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestRunsAtEachTime(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:30Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	s, ran := testServer(t, j, l, clock, "a")
	s.until(t, j, clock, at(t, "2026-03-01T12:03:10Z"))
	equal(t, "runs", ran(), []string{"2026-03-01T12:01:00Z", "2026-03-01T12:02:00Z", "2026-03-01T12:03:00Z"})
}

func TestOnceOnDaysOfChange(t *testing.T) {
	for _, each := range []struct{ from, end, want string }{
		{"2026-03-28T22:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29T01:00:00Z"},
		{"2026-10-24T22:00:00Z", "2026-10-25T22:00:00Z", "2026-10-25T00:30:00Z"},
	} {
		clock := &fakeClock{at: at(t, each.from)}
		j, l := testJob(t, "30 2 * * *", "Europe/Berlin"), ledger{t.TempDir()}
		s, ran := testServer(t, j, l, clock, "a")
		s.until(t, j, clock, at(t, each.end))
		// A restart on the day does not run it again.
		s.until(t, j, clock, clock.now().Add(time.Minute))
		equal(t, "runs", ran(), []string{each.want})
	}
}

func TestTwoRunnersRunEachTimeOnce(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:30Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	a, ranA := testServer(t, j, l, clock, "a")
	b, ranB := testServer(t, j, l, clock, "b")
	from := a.adopt(context.Background(), j)
	b.adopt(context.Background(), j)
	for next := j.times.next(from); next.Before(at(t, "2026-03-01T13:00:00Z")); next = j.times.next(next) {
		clock.mutex.Lock()
		clock.at = next
		clock.mutex.Unlock()
		var both sync.WaitGroup
		for _, each := range []*server{a, b} {
			both.Add(1)
			go func() {
				defer both.Done()
				each.start(context.Background(), j, next, false)
			}()
		}
		both.Wait()
		a.runs.Wait()
		b.runs.Wait()
	}
	if all := append(ranA(), ranB()...); len(all) != 59 {
		t.Errorf("%d runs instead of 59: %v", len(all), all)
	}
}

func TestMakesUpForWhatFellBetween(t *testing.T) {
	for _, each := range []struct {
		what, back string
		want       []string
		missed     int64
	}{
		{"a short gap", "2026-03-01T12:04:10Z", []string{"2026-03-01T12:02:00Z", "2026-03-01T12:03:00Z", "2026-03-01T12:04:00Z"}, 0},
		{"a long one: the last", "2026-03-01T13:00:10Z", []string{"2026-03-01T13:00:00Z"}, 58},
	} {
		clock := &fakeClock{at: at(t, "2026-03-01T12:00:30Z")}
		j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
		s, ran := testServer(t, j, l, clock, "a")
		s.until(t, j, clock, at(t, "2026-03-01T12:01:01Z"))
		before := len(ran())
		clock.at = at(t, each.back)
		s.until(t, j, clock, clock.at.Add(time.Second))
		equal(t, each.what, ran()[before:], each.want)
		known, err := l.read(j.Name)
		if err != nil || known.Totals[missed] != each.missed {
			t.Errorf("%s: %d missed, want %d (%v)", each.what, known.Totals[missed], each.missed, err)
		}
	}
}

func TestAReleaseIsNoReasonToRun(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T03:00:30Z")}
	j, l := testJob(t, "0 3 * * *", "UTC"), ledger{t.TempDir()}
	for range 3 {
		s, ran := testServer(t, j, l, clock, "a")
		s.until(t, j, clock, clock.now().Add(time.Hour))
		equal(t, "runs", ran(), nil)
	}
}

func TestAnotherScheduleMakesUpForNothing(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:30Z")}
	l := ledger{t.TempDir()}
	j := testJob(t, "0 3 * * *", "UTC")
	s, _ := testServer(t, j, l, clock, "a")
	s.until(t, j, clock, at(t, "2026-03-02T12:00:00Z"))
	j = testJob(t, "* * * * *", "UTC")
	s, ran := testServer(t, j, l, clock, "b")
	s.until(t, j, clock, at(t, "2026-03-02T12:01:10Z"))
	equal(t, "runs", ran(), []string{"2026-03-02T12:01:00Z"})
}

func TestForbidSkipsWhileARunGoesOn(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:00Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	first, err := l.claim(j, clock.at, clock.at, "a")
	if err != nil || first.held == nil {
		t.Fatal(first, err)
	}
	second, err := l.claim(j, clock.at.Add(time.Minute), clock.at.Add(time.Minute), "b")
	if err != nil || second.held != nil || second.run.Result != skipped {
		t.Fatal(second, err)
	}
	if _, err := l.claimNow(j, clock.at, "b"); err != errBusy {
		t.Fatal(err)
	}
	now := clock.at
	first.run.Result, first.run.End = success, &now
	if err := l.finish(j, first, first.run); err != nil {
		t.Fatal(err)
	}
	third, err := l.claim(j, clock.at.Add(2*time.Minute), clock.at.Add(2*time.Minute), "b")
	if err != nil || third.held == nil {
		t.Fatal(third, err)
	}
}

func TestNotesRunsWhoseContainerEnded(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:00Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	c, err := l.claim(j, clock.at, clock.at, "a")
	if err != nil {
		t.Fatal(err)
	}
	if found, err := l.sweep(j.Name, clock.at); err != nil || len(found) != 0 {
		t.Fatalf("a run that goes on is told as interrupted: %v %v", found, err)
	}
	// As the kernel does when a process is killed.
	_ = c.held.Close()
	found, err := l.sweep(j.Name, clock.at)
	if err != nil || len(found) != 1 || found[0].Result != interrupted {
		t.Fatal(found, err)
	}
	known, _ := l.read(j.Name)
	if known.Failures != 1 || known.Totals[interrupted] != 1 {
		t.Errorf("%+v", known)
	}
}

func TestAClockThatWasWrongKeepsNoJobFromRunning(t *testing.T) {
	clock := &fakeClock{at: at(t, "2036-03-01T12:00:30Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	s, ran := testServer(t, j, l, clock, "a")
	s.until(t, j, clock, at(t, "2036-03-01T12:01:10Z"))
	clock.at = at(t, "2026-03-01T12:00:30Z")
	s.until(t, j, clock, at(t, "2026-03-01T12:01:10Z"))
	equal(t, "runs", ran(), []string{"2036-03-01T12:01:00Z", "2026-03-01T12:01:00Z"})
}

func TestADamagedLedgerIsPutAside(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:30Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	s, ran := testServer(t, j, l, clock, "a")
	if err := os.WriteFile(l.path("jobs", "tick.json"), []byte(`{"key":`), 0o600); err != nil {
		t.Fatal(err)
	}
	s.until(t, j, clock, at(t, "2026-03-01T12:01:10Z"))
	equal(t, "runs", ran(), []string{"2026-03-01T12:01:00Z"})
	if found, _ := filepath.Glob(l.path("jobs", "*.damaged")); len(found) != 1 {
		t.Errorf("the damaged file is not kept: %v", found)
	}
}

func TestMetrics(t *testing.T) {
	clock := &fakeClock{at: at(t, "2026-03-01T12:00:30Z")}
	j, l := testJob(t, "* * * * *", "UTC"), ledger{t.TempDir()}
	j.AlertFailures = 2
	s, _ := testServer(t, j, l, clock, "a")
	s.until(t, j, clock, at(t, "2026-03-01T12:01:10Z"))
	text, err := os.ReadFile(l.path("jobs.prom"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`keelson_job_last_success_timestamp_seconds{name="tick"} 1772366460`,
		`keelson_job_runs_total{name="tick",result="success"} 1`,
		`keelson_job_runs_total{name="tick",result="failure"} 0`,
		`keelson_job_consecutive_failures{name="tick"} 0`,
		`keelson_job_alert_failures{name="tick"} 2`,
	} {
		if !strings.Contains(string(text), want+"\n") {
			t.Errorf("missing: %s in\n%s", want, text)
		}
	}
}
