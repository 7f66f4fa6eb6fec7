package main

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"syscall"
	"time"
)

// What is as late as this is no matter of a release or a restart: of what was missed only the last is made up for.
const longGap = 10 * time.Minute

// dueTimes are the times of a schedule that have come, at most as many as can be run one after the other.
//
//	run     to be run, in order
//	missed  how many before them are not
func dueTimes(s schedule, from, now time.Time) (run []time.Time, missed int, first time.Time) {
	for at := s.next(from); !at.IsZero() && !at.After(now); at = s.next(at) {
		if first.IsZero() {
			first = at
		}
		run = append(run, at)
		if len(run) > mostDue {
			missed += len(run) - 1
			run = run[len(run)-1:]
		}
	}
	if len(run) > 1 && now.Sub(first) > longGap {
		missed += len(run) - 1
		run = run[len(run)-1:]
	}
	return run, missed, first
}

const mostDue = 1000

// adopt is from where on a runner that starts has to see to a job: what fell between it and the runner before is made
// up for, unless the schedule is another one.
func (l ledger) adopt(j *job, now time.Time) (time.Time, error) {
	from := now
	err := l.change(j.Name, func(s *state) error {
		if s.Since.IsZero() {
			s.Since = now
		}
		// A clock that was wrong must not keep the job from running.
		if s.Key == j.key() && !s.Claimed.IsZero() && s.Claimed.Before(now.Add(time.Minute)) {
			from = s.Claimed
		} else {
			s.Key, s.Claimed = j.key(), now
		}
		return nil
	})
	return from, err
}

// claimed is what has become of a claim.
type claimed struct {
	// Somebody else has it.
	taken bool
	run   run
	// Held as long as it runs; undefined where it does not.
	held *os.File
	// Those in hand that it is to take the place of.
	before []run
}

// claim takes a time of a schedule: once, whoever asks. What may not run now is written down as skipped.
func (l ledger) claim(j *job, at, now time.Time, container string) (claimed, error) {
	c := claimed{}
	err := l.change(j.Name, func(s *state) error {
		if !s.Claimed.Before(at) && s.Claimed.Before(now.Add(time.Minute)) {
			c.taken = true
			return nil
		}
		s.Claimed = at
		c.run = newRun(j, now, container)
		c.run.Scheduled = &at
		c.before = l.inHand(j.Name, s)
		if len(c.before) > 0 && j.Overlap == forbid {
			c.run.Result, c.run.End = skipped, &now
			c.run.Message = "the run before goes on: " + c.before[0].ID
			s.note(c.run)
			return nil
		}
		return l.begin(j, s, &c)
	})
	return c, err
}

var errBusy = errors.New("a run of it is under way")

// claimNow takes a run by hand.
func (l ledger) claimNow(j *job, now time.Time, container string) (claimed, error) {
	c := claimed{}
	err := l.change(j.Name, func(s *state) error {
		if s.Since.IsZero() {
			s.Since = now
		}
		c.run = newRun(j, now, container)
		c.before = l.inHand(j.Name, s)
		if len(c.before) > 0 && j.Overlap == forbid {
			return errBusy
		}
		return l.begin(j, s, &c)
	})
	return c, err
}

func newRun(j *job, now time.Time, container string) run {
	return run{ID: newID(now), Begin: now, Result: running, Container: container, HTTP: j.HTTP != nil}
}

// begin writes a run down as under way, once it holds its lock.
func (l ledger) begin(j *job, s *state, c *claimed) error {
	held, err := lock(l.runFile(j.Name, c.run.ID), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return err
	}
	c.held = held
	s.Runs = append(s.Runs, c.run)
	return nil
}

// finish writes down how a run has ended, and lets go of its lock.
func (l ledger) finish(j *job, c claimed, ended run) error {
	err := l.change(j.Name, func(s *state) error {
		s.note(ended)
		return nil
	})
	_ = os.Remove(l.runFile(j.Name, ended.ID))
	_ = os.Remove(l.runFile(j.Name, ended.ID) + ".stop")
	_ = c.held.Close()
	return err
}

// miss writes down times that nothing ran at.
func (l ledger) miss(j *job, count int, first, now time.Time, container string) error {
	return l.change(j.Name, func(s *state) error {
		each := newRun(j, now, container)
		each.Scheduled, each.Result, each.End = &first, missed, &now
		each.Message = plural(count) + " fell into a time in which nothing ran"
		s.note(each)
		s.Totals[missed] += int64(count - 1)
		return nil
	})
}

// newID begins with the time, so that ids are in order.
func newID(now time.Time) string {
	random := make([]byte, 3)
	// It never fails on Linux.
	_, _ = rand.Read(random)
	return now.UTC().Format("20060102-150405") + "-" + hex.EncodeToString(random)
}
