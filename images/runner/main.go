// Command runner starts the jobs of an application on their schedules, in a container of the application's own image.
//
//	runner check <jobs.json>           whether it would start: schedules, time zones, programs, files
//	runner serve <jobs.json> <ledger>  goes on until SIGTERM (waits for what runs) or SIGINT (asks what runs to end)
//	runner list <jobs.json> <ledger>   the jobs with their last run and their next, as JSON
//	runner run <jobs.json> <ledger> <job>
//	                                   one run now, its output as it is; ends with the run's exit code
//	runner logs <jobs.json> <ledger> <job> [<run>]
//	                                   what the job's last run printed, or an earlier one
//	runner busy <ledger> [http]        ids of the runs in hand of this container, a line each
//	runner health <ledger>             whether serve goes on
//
// It is one static program, for the image need have neither a shell nor a C library.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
	_ "time/tzdata" // The image need not have one.
)

const usage = "runner: say check, serve, list, run, logs, busy or health, and the files that it is for"

func main() {
	code, err := command(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n", err)
		if code == 0 {
			code = 1
		}
	}
	os.Exit(code)
}

func command(args []string) (int, error) {
	if len(args) < 2 {
		return 2, errors.New(usage)
	}
	name, rest := args[0], args[1:]
	switch {
	case name == "health" && len(rest) == 1:
		return 0, isServing(ledger{rest[0]}, hostname(), time.Now())
	case name == "busy" && (len(rest) == 1 || len(rest) == 2 && rest[1] == "http"):
		return 0, printBusy(ledger{rest[0]}, hostname(), len(rest) == 2)
	}
	jobs, err := readConfig(rest[0])
	if err != nil {
		return 1, err
	}
	if name == "check" && len(rest) == 1 {
		return 0, jobs.check()
	}
	if len(rest) < 2 {
		return 2, errors.New(usage)
	}
	l := ledger{rest[1]}
	switch {
	case name == "serve" && len(rest) == 2:
		return serve(jobs, l)
	case name == "list" && len(rest) == 2:
		return 0, printList(jobs, l, time.Now())
	case name == "run" && len(rest) == 3:
		return runNow(jobs, l, rest[2])
	case name == "logs" && len(rest) == 3:
		return 0, printLogs(jobs, l, rest[2], "")
	case name == "logs" && len(rest) == 4:
		return 0, printLogs(jobs, l, rest[2], rest[3])
	}
	return 2, errors.New(usage)
}

// serve goes on until it is told to end. SIGTERM: nothing more is started, and what runs comes to its end. SIGINT: what
// runs is asked to end, and has the grace of the settings.
func serve(jobs *config, l ledger) (int, error) {
	drained, drain := context.WithCancel(context.Background())
	stopped, stop := context.WithCancel(context.Background())
	defer drain()
	defer stop()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	s, err := newServer(jobs, l, newLog(os.Stdout))
	if err != nil {
		return 1, err
	}
	go func() {
		for each := range signals {
			s.log.say("info", "told to end", fields{"signal": each.String()})
			drain()
			if each == syscall.SIGINT {
				stop()
			}
		}
	}()
	return 0, s.serve(drained, stopped)
}

func hostname() string {
	name, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return name
}
