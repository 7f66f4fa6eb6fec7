package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// What becomes of a run whose time has come while the one before it runs.
const (
	forbid  = "forbid"
	allow   = "allow"
	replace = "replace"
)

// job is one entry of the list of jobs.
type job struct {
	Name     string       `json:"name"`
	Schedule string       `json:"schedule"`
	TimeZone string       `json:"timeZone"`
	Command  []string     `json:"command"`
	HTTP     *httpRequest `json:"http"`
	// Of one attempt.
	TimeoutSeconds int    `json:"timeoutSeconds"`
	Retries        int    `json:"retries"`
	Overlap        string `json:"overlap"`
	// File with the URL of a watcher; empty: none.
	HeartbeatFile string `json:"heartbeatFile"`
	// Failures in a row that are an alert, and seconds without a success that are one; 0: never.
	AlertFailures     int `json:"alertFailures"`
	AlertStaleSeconds int `json:"alertStaleSeconds"`

	times schedule
}

// httpRequest is a request to the application.
type httpRequest struct {
	Method  string            `json:"method"`
	Path    string            `json:"path"`
	Headers map[string]string `json:"headers"`
	// File with the token of its Authorization; empty: none.
	BearerFile string `json:"bearerFile"`
	// Statuses that are a success; empty: any 2xx.
	Expect []int `json:"expect"`
}

// config is the list of jobs, and what the container says of the application.
type config struct {
	Jobs []*job `json:"jobs"`
	// Seconds that what runs has to end, once it is asked to.
	GraceSeconds int `json:"graceSeconds"`

	// The image's ENTRYPOINT, which a command goes through as Docker would have it.
	entrypoint []string
	// Origins of the application's containers, and how the public asks for it.
	apps         []string
	host, scheme string
}

func (j *job) timeout() time.Duration { return time.Duration(j.TimeoutSeconds) * time.Second }

// key is what makes one schedule another than the next.
func (j *job) key() string { return j.Schedule + " " + j.TimeZone }

func (c *config) find(name string) (*job, error) {
	names := make([]string, 0, len(c.Jobs))
	for _, each := range c.Jobs {
		if each.Name == name {
			return each, nil
		}
		names = append(names, each.Name)
	}
	return nil, fmt.Errorf("there is no job %s here: there is %s", name, strings.Join(names, ", "))
}

// readConfig reads the list of jobs. What the container says of the application is in its environment.
func readConfig(path string) (*config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &config{}
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if given := os.Getenv("KEELSON_ENTRYPOINT"); given != "" {
		if err := json.Unmarshal([]byte(given), &c.entrypoint); err != nil {
			return nil, fmt.Errorf("KEELSON_ENTRYPOINT: %w", err)
		}
	}
	c.apps = strings.Fields(os.Getenv("KEELSON_APP"))
	c.host, c.scheme = os.Getenv("KEELSON_HOST"), os.Getenv("KEELSON_SCHEME")
	for _, each := range c.Jobs {
		if each.times, err = parseSchedule(each.Schedule, each.TimeZone); err != nil {
			return nil, fmt.Errorf("jobs.%s: %w", each.Name, err)
		}
	}
	return c, nil
}

// check looks for what would fail every run.
func (c *config) check() error {
	var problems []error
	for _, each := range c.Jobs {
		problems = append(problems, c.checkJob(each)...)
	}
	return errors.Join(problems...)
}

func (c *config) checkJob(j *job) []error {
	var problems []error
	if j.HTTP == nil {
		if words := c.words(j); len(words) == 0 {
			problems = append(problems, fmt.Errorf("jobs.%s.command: is empty; name a program", j.Name))
		} else if _, err := exec.LookPath(words[0]); err != nil {
			problems = append(problems, fmt.Errorf("jobs.%s.command: the image has no program %q that this user may run; correct it, or the image's PATH", j.Name, words[0]))
		}
	}
	files := []string{j.HeartbeatFile}
	if j.HTTP != nil {
		files = append(files, j.HTTP.BearerFile)
	}
	for _, file := range files {
		if file == "" {
			continue
		}
		if _, err := os.ReadFile(file); err != nil {
			problems = append(problems, fmt.Errorf("jobs.%s: %w", j.Name, err))
		}
	}
	return problems
}

// words are the program of a job and its arguments.
func (c *config) words(j *job) []string {
	return append(append([]string{}, c.entrypoint...), j.Command...)
}
