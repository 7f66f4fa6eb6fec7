package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

// listed is a job as the list shows it.
type listed struct {
	Name        string           `json:"name"`
	Schedule    string           `json:"schedule"`
	TimeZone    string           `json:"timeZone"`
	Next        *time.Time       `json:"next"`
	Running     []string         `json:"running"`
	Last        *run             `json:"last"`
	LastSuccess *time.Time       `json:"lastSuccess"`
	Failures    int              `json:"consecutiveFailures"`
	Totals      map[string]int64 `json:"totals"`
	Runs        []run            `json:"runs"`
}

func printList(jobs *config, l ledger, now time.Time) error {
	list := []listed{}
	for _, each := range jobs.Jobs {
		s, err := l.read(each.Name)
		if err != nil {
			return err
		}
		list = append(list, listedOf(each, l, s, now))
	}
	text, err := json.Marshal(list)
	if err == nil {
		fmt.Println(string(text))
	}
	return err
}

func listedOf(j *job, l ledger, s *state, now time.Time) listed {
	found := listed{
		Name: j.Name, Schedule: j.Schedule, TimeZone: j.TimeZone, Running: []string{}, LastSuccess: s.LastSuccess,
		Failures: s.Failures, Totals: s.Totals, Runs: s.Runs,
	}
	if found.Runs == nil {
		found.Runs = []run{}
	}
	for _, each := range l.inHand(j.Name, s) {
		found.Running = append(found.Running, each.ID)
	}
	for index := range s.Runs {
		if s.Runs[index].Result != running {
			found.Last = &s.Runs[index]
		}
	}
	if next := j.times.next(now); !next.IsZero() {
		found.Next = &next
	}
	return found
}

// publishMetrics writes the metrics of the jobs as Prometheus reads them; anybody may.
func publishMetrics(jobs *config, l ledger) error {
	var text strings.Builder
	head := func(name, kind, help string) {
		fmt.Fprintf(&text, "# HELP keelson_job_%s %s\n# TYPE keelson_job_%s %s\n", name, help, name, kind)
	}
	all := map[string]*state{}
	for _, each := range jobs.Jobs {
		s, err := l.read(each.Name)
		if err != nil {
			return err
		}
		all[each.Name] = s
	}
	each := func(name, kind, help string, value func(*job, *state) (float64, bool)) {
		head(name, kind, help)
		for _, j := range jobs.Jobs {
			if found, ok := value(j, all[j.Name]); ok {
				fmt.Fprintf(&text, "keelson_job_%s{name=%q} %.15g\n", name, j.Name, found)
			}
		}
	}
	each("last_success_timestamp_seconds", "gauge", "When the job last succeeded; 0 where it has not yet.", func(_ *job, s *state) (float64, bool) {
		if s.LastSuccess == nil {
			return 0, true
		}
		return seconds(*s.LastSuccess), true
	})
	each("since_timestamp_seconds", "gauge", "Since when there is the job.", func(_ *job, s *state) (float64, bool) {
		return seconds(s.Since), !s.Since.IsZero()
	})
	each("duration_seconds", "gauge", "How long its last run took.", func(_ *job, s *state) (float64, bool) {
		if s.LastDuration == nil {
			return 0, false
		}
		return *s.LastDuration, true
	})
	each("consecutive_failures", "gauge", "Failures since its last success.", func(_ *job, s *state) (float64, bool) {
		return float64(s.Failures), true
	})
	each("alert_failures", "gauge", "Failures in a row that are an alert.", func(j *job, _ *state) (float64, bool) {
		return float64(j.AlertFailures), j.AlertFailures > 0
	})
	each("alert_stale_seconds", "gauge", "Time without a success that is an alert.", func(j *job, _ *state) (float64, bool) {
		return float64(j.AlertStaleSeconds), j.AlertStaleSeconds > 0
	})
	head("runs_total", "counter", "Runs by their result.")
	for _, j := range jobs.Jobs {
		for _, result := range []string{success, failure, timedOut, interrupted, replaced, skipped, missed} {
			fmt.Fprintf(&text, "keelson_job_runs_total{name=%q,result=%q} %d\n", j.Name, result, all[j.Name].Totals[result])
		}
	}
	return writeWhole(l.path("jobs.prom"), []byte(text.String()), 0o644)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// Exit code of a run by hand that is not begun, as sysexits has it: it may be tried again.
const tryAgain = 75

// runNow is a run by hand: its output is the command's own, and its exit code is.
func runNow(jobs *config, l ledger, name string) (int, error) {
	j, err := jobs.find(name)
	if err != nil {
		return 2, err
	}
	if err := l.prepare(); err != nil {
		return 1, err
	}
	s := &server{jobs: jobs, ledger: l, log: newLog(os.Stderr), container: hostname(), now: time.Now, sleep: sleep}
	if _, err := l.sweep(name, s.now()); err != nil {
		return 1, err
	}
	c, err := l.claimNow(j, s.now(), s.container)
	if errors.Is(err, errBusy) {
		return tryAgain, fmt.Errorf("jobs.%s: %w, and overlap is forbid; wait for its end", name, err)
	}
	if err != nil {
		return 1, err
	}
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer stop()
	ended := s.attempts(stopped, j, c, c.run, outputs{os.Stdout, os.Stderr})
	if err := l.finish(j, c, ended); err != nil {
		return 1, err
	}
	if err := publishMetrics(jobs, l); err != nil {
		return 1, err
	}
	if ended.Result == success {
		return 0, nil
	}
	code := 1
	if j.HTTP == nil && ended.Code != nil && *ended.Code != 0 {
		code = *ended.Code
	}
	return code, fmt.Errorf("jobs.%s: %s: %s", name, ended.Result, ended.Message)
}
