package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"
)

// server starts the jobs of a container.
type server struct {
	jobs      *config
	ledger    ledger
	log       *jsonLog
	container string
	now       func() time.Time
	// Waits; a test's goes on at once.
	sleep func(context.Context, time.Duration)
	// Runs one run to its end; a test has its own.
	perform func(context.Context, *job, claimed) run
	runs    sync.WaitGroup
}

func newServer(jobs *config, l ledger, log *jsonLog) (*server, error) {
	if err := l.prepare(); err != nil {
		return nil, err
	}
	s := &server{jobs: jobs, ledger: l, log: log, container: hostname(), now: time.Now, sleep: sleep}
	s.perform = s.runToItsEnd
	return s, l.beat(s.container)
}

// serve goes on until it is drained, and what runs has ended.
func (s *server) serve(drained, stopped context.Context) error {
	defer func() { _ = os.Remove(s.ledger.path("containers", s.container)) }()
	beating, end := context.WithCancel(context.Background())
	defer end()
	go s.beat(beating)
	var schedulers sync.WaitGroup
	for _, each := range s.jobs.Jobs {
		from := s.adopt(drained, each)
		schedulers.Add(1)
		go func() {
			defer schedulers.Done()
			s.schedule(drained, stopped, each, from)
		}()
	}
	s.publish()
	s.log.say("info", "jobs are started on their schedules", fields{"jobs": len(s.jobs.Jobs)})
	schedulers.Wait()
	s.runs.Wait()
	s.waitForOthers(stopped)
	s.publish()
	s.log.say("info", "nothing runs any more", nil)
	return nil
}

// adopt goes on where the runner before was. Without its ledger nothing can be started once and only once.
func (s *server) adopt(drained context.Context, j *job) time.Time {
	for {
		found, err := s.ledger.sweep(j.Name, s.now())
		for _, each := range found {
			s.log.say("error", "a run was interrupted: its container ended", of(j, each))
		}
		if err == nil {
			from, err := s.ledger.adopt(j, s.now())
			if err == nil {
				return from
			}
			s.ledgerFails(j, err)
		} else {
			s.ledgerFails(j, err)
		}
		if drained.Err() != nil {
			return s.now()
		}
		s.sleep(drained, time.Second)
	}
}

func (s *server) ledgerFails(j *job, err error) {
	s.log.say("error", fmt.Sprintf("the ledger can't be written, and nothing is started before it can: %v", err), fields{"job": j.Name})
}

// schedule starts a job whenever its time has come.
func (s *server) schedule(drained, stopped context.Context, j *job, from time.Time) {
	for drained.Err() == nil {
		now := s.now()
		// The clock was put back by more than a correction.
		if from.After(now.Add(time.Minute)) {
			from = now
		}
		due, missedRuns, first := dueTimes(j.times, from, now)
		if missedRuns > 0 && s.isFirstToMiss(j, first) {
			s.log.say("error", plural(missedRuns)+" of it fell into a time in which nothing ran; the last is made up for", fields{"job": j.Name})
			if err := s.ledger.miss(j, missedRuns, first, now, s.container); err != nil {
				s.ledgerFails(j, err)
			}
		}
		for index, at := range due {
			if drained.Err() != nil {
				return
			}
			if !s.start(stopped, j, at, index < len(due)-1) {
				break
			}
			from = at
		}
		s.sleep(drained, s.untilNext(j, from))
	}
}

// isFirstToMiss: of two runners one writes down what was missed.
func (s *server) isFirstToMiss(j *job, first time.Time) bool {
	known, err := s.ledger.read(j.Name)
	return err == nil && known.Claimed.Before(first)
}

// start claims a time and begins its run. @returns false where the ledger can't be written: it is tried again
func (s *server) start(stopped context.Context, j *job, at time.Time, others bool) bool {
	c, err := s.ledger.claim(j, at, s.now(), s.container)
	if err != nil {
		s.ledgerFails(j, err)
		return false
	}
	if c.taken {
		return true
	}
	if c.held == nil {
		s.log.say("warn", "skipped: "+c.run.Message, of(j, c.run))
		s.publish()
		return true
	}
	done := make(chan struct{})
	s.runs.Add(1)
	go func() {
		defer s.runs.Done()
		defer close(done)
		s.finish(j, c, s.perform(stopped, j, c))
	}()
	// Several that are late would else keep each other from running.
	if others && j.Overlap != allow {
		<-done
	}
	return true
}

func (s *server) finish(j *job, c claimed, ended run) {
	for {
		err := s.ledger.finish(j, c, ended)
		if err == nil {
			break
		}
		s.log.say("error", fmt.Sprintf("the end of the run can't be written down: %v", err), of(j, ended))
		if os.IsPermission(err) {
			break
		}
		s.sleep(context.Background(), time.Second)
	}
	level := "info"
	if ended.Result != success {
		level = "error"
	}
	more := of(j, ended)
	more["result"], more["attempts"] = ended.Result, ended.Attempts
	more["seconds"] = ended.End.Sub(ended.Begin).Seconds()
	message := "ended: " + ended.Result
	if ended.Message != "" {
		message += ": " + ended.Message
	}
	s.log.say(level, message, more)
	s.publish()
}

// untilNext is never long, for the clock may be put forward.
func (s *server) untilNext(j *job, from time.Time) time.Duration {
	next := j.times.next(from)
	wait := 10 * time.Second
	if next.IsZero() {
		return wait
	}
	return max(10*time.Millisecond, min(wait, next.Sub(s.now())))
}

// waitForOthers waits for runs by hand, which end with the container.
func (s *server) waitForOthers(stopped context.Context) {
	for stopped.Err() == nil {
		busy, err := s.ledger.busy(s.container, false)
		if err != nil || len(busy) == 0 {
			return
		}
		s.sleep(stopped, 200*time.Millisecond)
	}
}

func (s *server) beat(context context.Context) {
	for context.Err() == nil {
		if err := s.ledger.beat(s.container); err != nil {
			s.log.say("error", fmt.Sprintf("the ledger can't be written: %v", err), nil)
		}
		s.sleep(context, 5*time.Second)
	}
}

func (s *server) publish() {
	if err := publishMetrics(s.jobs, s.ledger); err != nil {
		s.log.say("error", fmt.Sprintf("the metrics can't be written: %v", err), nil)
	}
}

func of(j *job, r run) fields { return fields{"job": j.Name, "run": r.ID} }

func sleep(context context.Context, long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-context.Done():
	case <-timer.C:
	}
}

func plural(count int) string {
	if count == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", count)
}
