package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// attempt is how one try of a run has ended.
type attempt struct {
	result  string
	code    *int
	message string
}

// runToItsEnd runs a job until it succeeds, or its retries are used up, or it is stopped.
func (s *server) runToItsEnd(stopped context.Context, j *job, c claimed) run {
	ended := c.run
	printed, err := s.ledger.openLog(j.Name, c.run.ID)
	if err != nil {
		s.log.say("error", fmt.Sprintf("what it prints can't be kept: %v", err), of(j, c.run))
	}
	defer printed.Close()
	both := io.MultiWriter(s.log.to, printed)
	log := &jsonLog{to: both, now: s.now}
	more := of(j, c.run)
	if c.run.Scheduled != nil {
		more["scheduled"] = c.run.Scheduled.UTC().Format(time.RFC3339)
	}
	log.say("info", "begins", more)
	output := outputs{&lines{log: log, of: of(j, c.run), stream: "stdout"}, &lines{log: log, of: of(j, c.run), stream: "stderr"}}
	return s.attempts(stopped, j, c, ended, output)
}

// attempts is the run without what becomes of its output.
func (s *server) attempts(stopped context.Context, j *job, c claimed, ended run, output outputs) run {
	halted, halt := context.WithCancel(stopped)
	defer halt()
	isReplaced := s.watchForOther(halted, halt, j, c)
	s.replace(j, c)
	watcher := heartbeatOf(j, s.log)
	watcher.ping("start", "")
	var last attempt
	for ended.Attempts = 1; ; ended.Attempts++ {
		if j.HTTP != nil {
			last = s.jobs.request(halted, j, output.stdout)
		} else {
			last = s.jobs.execute(halted, j, ended, output)
		}
		if last.result == success || ended.Attempts > j.Retries || halted.Err() != nil {
			break
		}
		pause := retryPause(ended.Attempts)
		s.log.say("warn", fmt.Sprintf("attempt %d of %d: %s; the next in %s", ended.Attempts, j.Retries+1, last.message, pause), of(j, ended))
		s.sleep(halted, pause)
		if halted.Err() != nil {
			break
		}
	}
	output.close()
	now := s.now()
	ended.End, ended.Result, ended.Code, ended.Message = &now, last.result, last.code, last.message
	if isReplaced() {
		ended.Result, ended.Message = replaced, "its next run has taken its place"
	} else if halted.Err() != nil && last.result != success {
		ended.Result, ended.Message = interrupted, "it was asked to end"
	}
	watcher.end(ended)
	return ended
}

// retryPause grows, for what is overloaded is not helped by being asked at once.
func retryPause(attempts int) time.Duration {
	return min(time.Minute, time.Second<<min(attempts-1, 6))
}

// replace asks the runs before to end, wherever they run, and waits for it.
func (s *server) replace(j *job, c claimed) {
	if j.Overlap != replace {
		return
	}
	for _, each := range c.before {
		path := s.ledger.runFile(j.Name, each.ID) + ".stop"
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			s.log.say("error", fmt.Sprintf("the run before can't be asked to end: %v", err), of(j, c.run))
			continue
		}
		for s.ledger.isAlive(j.Name, each.ID) {
			s.sleep(context.Background(), 50*time.Millisecond)
		}
	}
}

// watchForOther ends a run whose next one is to take its place. @returns whether it has
func (s *server) watchForOther(halted context.Context, halt func(), j *job, c claimed) func() bool {
	path := s.ledger.runFile(j.Name, c.run.ID) + ".stop"
	seen := func() bool {
		_, err := os.Stat(path)
		return err == nil
	}
	go func() {
		for halted.Err() == nil {
			if seen() {
				halt()
				return
			}
			sleep(halted, 250*time.Millisecond)
		}
	}()
	return seen
}

// outputs are where what a job prints goes.
type outputs struct{ stdout, stderr io.Writer }

func (o outputs) close() {
	for _, each := range []io.Writer{o.stdout, o.stderr} {
		if closing, ok := each.(*lines); ok {
			closing.Close()
		}
	}
}

// environment is what a command gets: the container's, without what is for the runner.
func environment() []string {
	var kept []string
	for _, each := range os.Environ() {
		if !strings.HasPrefix(each, "KEELSON_APP=") && !strings.HasPrefix(each, "KEELSON_ENTRYPOINT=") &&
			!strings.HasPrefix(each, "KEELSON_HOST=") && !strings.HasPrefix(each, "KEELSON_SCHEME=") {
			kept = append(kept, each)
		}
	}
	return kept
}
