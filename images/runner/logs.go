package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
)

// What of a run's output is kept next to the container's own log, which goes with the container; and of how many runs.
const (
	keptBytes = 1 << 20
	keptLogs  = 20
)

// runLog is a file with what a run printed; what is too much is left out.
type runLog struct {
	file *os.File
	left int
}

func (l ledger) openLog(name, id string) (*runLog, error) {
	folder := l.path("logs", name)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return &runLog{}, err
	}
	files, err := l.logs(name)
	if err != nil {
		return &runLog{}, err
	}
	for len(files) >= keptLogs {
		_ = os.Remove(files[0])
		files = files[1:]
	}
	file, err := os.Create(filepath.Join(folder, id))
	return &runLog{file: file, left: keptBytes}, err
}

func (l *runLog) Write(text []byte) (int, error) {
	if l.file == nil || l.left <= 0 {
		return len(text), nil
	}
	l.left -= len(text)
	if _, err := l.file.Write(text); err != nil {
		// The disk may be full; the container's log has it.
		l.left = 0
	}
	if l.left <= 0 {
		_, _ = l.file.WriteString("{\"level\":\"warn\",\"message\":\"what it printed after this is in the container's log alone\"}\n")
	}
	return len(text), nil
}

func (l *runLog) Close() {
	if l.file != nil {
		_ = l.file.Close()
	}
}

// logs are the files of a job's runs, the oldest first.
func (l ledger) logs(name string) ([]string, error) {
	files, err := filepath.Glob(l.path("logs", name, "*"))
	sort.Strings(files)
	return files, err
}

func printLogs(jobs *config, l ledger, name, id string) error {
	if _, err := jobs.find(name); err != nil {
		return err
	}
	files, err := l.logs(name)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return fmt.Errorf("%s has not run yet", name)
	}
	path := files[len(files)-1]
	if id != "" {
		path = l.path("logs", name, filepath.Base(id))
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("there is no log of the run %s of %s; the latest is %s", id, name, filepath.Base(files[len(files)-1]))
	}
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	_, err = io.Copy(os.Stdout, file)
	return err
}
