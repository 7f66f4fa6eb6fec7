// Command logs keeps the log lines of a stack's containers over releases, in one JSON shape.
//
//	logs collect        reads the files of Docker's json-file driver for ever
//	logs read [flags]   prints kept lines
//	logs healthy        succeeds while a collector runs, and else says why it does not
//
// Parameters of the collector in the environment:
//
//	KEELSON_STACK   first part of the containers' names
//	PROJECT, STACK  values of the labels dev.keelson.project and dev.keelson.stack
//	KEEP_SECONDS    age at which kept lines are deleted
//	KEEP_BYTES      most that they may take
package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

const (
	containersFolder = "/containers"
	keptFolder       = "/logs"
	stateFolder      = "/logs/state"
	statusFile       = "/run/logs/status"
	turn             = 500 * time.Millisecond
)

func main() {
	if len(os.Args) < 2 {
		fail(errors.New("say what to do: collect, read or healthy"))
	}
	var err error
	switch os.Args[1] {
	case "collect":
		err = collect()
	case "read":
		err = read(os.Args[2:], keptFolder, os.Stdout)
	case "healthy":
		err = healthy(statusFile, time.Now())
	default:
		err = fmt.Errorf("%q is nothing that it does; say collect, read or healthy", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	say("error", err.Error())
	os.Exit(1)
}

func collect() error {
	seconds, err := strconv.ParseInt(os.Getenv("KEEP_SECONDS"), 10, 64)
	if err != nil {
		return fmt.Errorf("KEEP_SECONDS: %w", err)
	}
	bytes, err := strconv.ParseInt(os.Getenv("KEEP_BYTES"), 10, 64)
	if err != nil {
		return fmt.Errorf("KEEP_BYTES: %w", err)
	}
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	if err := requireFolder(containersFolder, host); err != nil {
		return err
	}
	kept, err := openSegments(keptFolder, limits{bytes: bytes, age: time.Duration(seconds) * time.Second}, time.Now)
	if err != nil {
		return err
	}
	of := owner{prefix: os.Getenv("KEELSON_STACK"), project: os.Getenv("PROJECT"), stack: os.Getenv("STACK")}
	c, err := newCollector(containersFolder, stateFolder, of, kept)
	if err != nil {
		return err
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	wake, err := watchFolder(containersFolder)
	if err != nil {
		return err
	}
	return run(c, wake, stop)
}

// run takes turns until it is stopped. A folder that is new is looked at once: what it is of may be gone soon.
func run(c *collector, wake <-chan struct{}, stop <-chan os.Signal) error {
	ticker := time.NewTicker(turn)
	defer ticker.Stop()
	for failing := false; ; {
		err := c.turn()
		if err == nil {
			err = os.WriteFile(statusFile, nil, 0o600)
		} else if !failing {
			say("error", fmt.Sprintf("lines wait in Docker's files until this is mended: %v", err))
		}
		failing = err != nil
		select {
		case <-stop:
			return c.turn()
		case <-wake:
		case <-ticker.C:
		}
	}
}

// requireFolder tells a folder in which Docker keeps this container from an empty one that it has made itself.
func requireFolder(folder, host string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("Docker's folder of containers can't be read (%w); Docker maps its users, which the logs can't be kept with: set logs.enabled to false", err)
	}
	for _, entry := range entries {
		if len(host) >= 12 && len(entry.Name()) == 64 && entry.Name()[:len(host)] == host {
			return nil
		}
	}
	return errors.New("logs.folder is not the folder in which Docker keeps its containers; set it to what `docker info --format '{{.DockerRootDir}}/containers'` prints")
}

const stale = 30 * time.Second

func healthy(status string, now time.Time) error {
	info, err := os.Stat(status)
	if err != nil {
		return errors.New("no lines were collected yet")
	}
	if age := now.Sub(info.ModTime()); age > stale {
		return fmt.Errorf("no lines are collected since %s", info.ModTime().UTC().Format(time.RFC3339))
	}
	return nil
}
