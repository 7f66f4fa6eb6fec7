package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Time that what runs beyond its timeout has between SIGTERM and SIGKILL.
const killAfter = 10 * time.Second

// execute runs a command, without a shell and in a group of processes of its own.
func (c *config) execute(stopped context.Context, j *job, r run, output outputs) attempt {
	words := c.words(j)
	command := exec.Command(words[0], words[1:]...)
	command.Env = append(environment(), "KEELSON_JOB="+j.Name, "KEELSON_RUN="+r.ID)
	if r.Scheduled != nil {
		command.Env = append(command.Env, "KEELSON_SCHEDULED="+r.Scheduled.UTC().Format(time.RFC3339))
	}
	command.Stdout, command.Stderr = output.stdout, output.stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// What is left in the background and holds the output open does not keep the run from ending.
	command.WaitDelay = 2 * time.Second
	if err := command.Start(); err != nil {
		return attempt{result: failure, message: err.Error()}
	}
	group := command.Process.Pid
	// Where memory runs out, the job is killed and not the runner, which says so. It is no matter where it can't be.
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/oom_score_adj", group), []byte("500"), 0o600)
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	timer := time.NewTimer(j.timeout())
	defer timer.Stop()
	late := false
	var err error
	select {
	case err = <-ended:
	case <-timer.C:
		late = true
		err = end(group, ended, killAfter)
	case <-stopped.Done():
		err = end(group, ended, time.Duration(max(c.GraceSeconds-2, 1))*time.Second)
	}
	_ = syscall.Kill(-group, syscall.SIGKILL)
	if late {
		return attempt{result: timedOut, message: fmt.Sprintf("it did not end within %s", j.timeout())}
	}
	return ending(command, err)
}

// end asks a group of processes to end, and then makes it.
func end(group int, ended <-chan error, grace time.Duration) error {
	_ = syscall.Kill(-group, syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		_ = syscall.Kill(-group, syscall.SIGKILL)
		return <-ended
	}
}

func ending(command *exec.Cmd, err error) attempt {
	if err == nil || errors.Is(err, exec.ErrWaitDelay) && command.ProcessState.Success() {
		code := 0
		return attempt{result: success, code: &code}
	}
	status, ok := command.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		code := 128 + int(status.Signal())
		message := fmt.Sprintf("it was ended by the signal %s", status.Signal())
		if status.Signal() == syscall.SIGKILL {
			message += ": perhaps it was out of memory"
		}
		return attempt{result: failure, code: &code, message: message}
	}
	code := command.ProcessState.ExitCode()
	return attempt{result: failure, code: &code, message: fmt.Sprintf("it ended with %d", code)}
}
