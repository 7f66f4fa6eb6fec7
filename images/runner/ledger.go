package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ledger is a folder in which runners, of two releases perhaps, write what has run. Each job has a file of its own,
// changed under a lock; a run in hand holds a lock as long as it lives, whatever ends it.
type ledger struct{ folder string }

// Results of a run.
const (
	running     = "running"
	success     = "success"
	failure     = "failure"
	timedOut    = "timeout"
	interrupted = "interrupted"
	replaced    = "replaced"
	skipped     = "skipped"
	missed      = "missed"
)

// run is one run of a job, or one that there was not.
type run struct {
	ID string `json:"id"`
	// The time of the schedule; of one by hand none.
	Scheduled *time.Time `json:"scheduled,omitempty"`
	Begin     time.Time  `json:"begin"`
	End       *time.Time `json:"end,omitempty"`
	Result    string     `json:"result"`
	Attempts  int        `json:"attempts,omitempty"`
	// Exit code or status; nothing where there was none.
	Code    *int   `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// The container's host name.
	Container string `json:"container"`
	HTTP      bool   `json:"http,omitempty"`
}

// state is what is known of a job.
type state struct {
	// Schedule that the claims are of.
	Key string `json:"key"`
	// The latest time of the schedule that somebody has claimed.
	Claimed  time.Time        `json:"claimed"`
	Runs     []run            `json:"runs"`
	Totals   map[string]int64 `json:"totals"`
	Failures int              `json:"consecutiveFailures"`
	// Since when there is the job; of the last success.
	Since        time.Time  `json:"since"`
	LastSuccess  *time.Time `json:"lastSuccess,omitempty"`
	LastDuration *float64   `json:"lastDurationSeconds,omitempty"`
}

// Runs that a job's file remembers, in addition to those in hand.
const keptRuns = 50

func (l ledger) path(parts ...string) string {
	return filepath.Join(append([]string{l.folder}, parts...)...)
}

func (l ledger) prepare() error {
	for _, each := range []string{"jobs", "runs", "logs", "containers"} {
		if err := os.MkdirAll(l.path(each), 0o700); err != nil {
			return err
		}
	}
	return nil
}

// lock waits for a file's lock. The kernel releases it with the process.
func lock(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if err == nil {
			return file, nil
		}
		if !errors.Is(err, syscall.EINTR) {
			_ = file.Close()
			return nil, err
		}
	}
}

// change changes what is known of a job, under its lock; it becomes true whole or not at all.
func (l ledger) change(name string, act func(*state) error) error {
	held, err := lock(l.path("jobs", name+".lock"), syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer func() { _ = held.Close() }()
	s, err := l.read(name)
	if err != nil {
		return err
	}
	if err := act(s); err != nil {
		return err
	}
	s.shorten()
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return writeWhole(l.path("jobs", name+".json"), text, 0o600)
}

// read is what is known of a job; a file that is damaged is put aside, for it must not keep the job from running.
func (l ledger) read(name string) (*state, error) {
	s := &state{Totals: map[string]int64{}}
	path := l.path("jobs", name+".json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, s); err != nil {
		_ = os.Rename(path, path+".damaged")
		return &state{Totals: map[string]int64{}}, nil
	}
	if s.Totals == nil {
		s.Totals = map[string]int64{}
	}
	return s, nil
}

func (s *state) shorten() {
	for index := 0; len(s.Runs) > keptRuns && index < len(s.Runs); {
		if s.Runs[index].Result == running {
			index++
			continue
		}
		s.Runs = append(s.Runs[:index], s.Runs[index+1:]...)
	}
}

// note writes down how a run has ended. Only what ran changes what is known of failures.
func (s *state) note(ended run) {
	s.Totals[ended.Result]++
	known := false
	for index := range s.Runs {
		if s.Runs[index].ID == ended.ID {
			s.Runs[index], known = ended, true
		}
	}
	if !known {
		s.Runs = append(s.Runs, ended)
	}
	switch ended.Result {
	case success:
		s.Failures = 0
		s.LastSuccess = ended.End
	case failure, timedOut, interrupted:
		s.Failures++
	}
	if ended.End != nil && ended.Result != skipped && ended.Result != missed {
		took := ended.End.Sub(ended.Begin).Seconds()
		s.LastDuration = &took
	}
}

// inHand are the runs of a job that are under way. One that is written down as under way and holds no lock was
// interrupted: its container was killed.
func (l ledger) inHand(name string, s *state) []run {
	var alive []run
	for _, each := range s.Runs {
		if each.Result == running && l.isAlive(name, each.ID) {
			alive = append(alive, each)
		}
	}
	return alive
}

func (l ledger) runFile(name, id string) string { return l.path("runs", name+"."+id) }

func (l ledger) isAlive(name, id string) bool {
	file, err := os.OpenFile(l.runFile(name, id), os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }()
	return errors.Is(syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// sweep notes runs that were interrupted, of whichever container.
func (l ledger) sweep(name string, now time.Time) ([]run, error) {
	var found []run
	err := l.change(name, func(s *state) error {
		for _, each := range append([]run{}, s.Runs...) {
			if each.Result != running || l.isAlive(name, each.ID) {
				continue
			}
			each.Result, each.End, each.Message = interrupted, &now, "its container ended"
			s.note(each)
			_ = os.Remove(l.runFile(name, each.ID))
			found = append(found, each)
		}
		return nil
	})
	return found, err
}

// writeWhole writes a file so that there is the old one or the new one, whatever happens.
func writeWhole(path string, text []byte, mode fs.FileMode) error {
	part := fmt.Sprintf("%s.part%d", path, os.Getpid())
	file, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}

// printBusy prints the ids of the runs in hand of a container.
func printBusy(l ledger, container string, httpOnly bool) error {
	busy, err := l.busy(container, httpOnly)
	for _, each := range busy {
		fmt.Println(each)
	}
	return err
}

func (l ledger) busy(container string, httpOnly bool) ([]string, error) {
	files, err := filepath.Glob(l.path("jobs", "*.json"))
	if err != nil {
		return nil, err
	}
	var busy []string
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		s, err := l.read(name)
		if err != nil {
			return nil, err
		}
		for _, each := range l.inHand(name, s) {
			if each.Container == container && (each.HTTP || !httpOnly) {
				busy = append(busy, name+"."+each.ID)
			}
		}
	}
	return busy, nil
}

// beat says that a container's runner goes on.
func (l ledger) beat(container string) error {
	return os.WriteFile(l.path("containers", container), nil, 0o600)
}

// oldestBeat is how long ago the last beat of a runner that goes on may be.
const oldestBeat = 20 * time.Second

func isServing(l ledger, container string, now time.Time) error {
	found, err := os.Stat(l.path("containers", container))
	if err != nil {
		return err
	}
	if age := now.Sub(found.ModTime()); age > oldestBeat {
		return fmt.Errorf("the runner has not been seen for %s", age.Round(time.Second))
	}
	return nil
}
