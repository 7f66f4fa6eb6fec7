package main

import (
	"bytes"
	"encoding/json"
	"io"
	"sync"
	"time"
)

type fields map[string]any

// jsonLog writes lines of JSON, each whole.
type jsonLog struct {
	mutex sync.Mutex
	to    io.Writer
	now   func() time.Time
}

func newLog(to io.Writer) *jsonLog { return &jsonLog{to: to, now: time.Now} }

func (l *jsonLog) say(level, message string, more fields) {
	line := fields{"time": l.now().UTC().Format("2006-01-02T15:04:05.000Z"), "level": level, "message": message}
	for key, value := range more {
		line[key] = value
	}
	l.write(line)
}

func (l *jsonLog) write(line fields) {
	text, err := json.Marshal(line)
	if err != nil {
		return
	}
	l.mutex.Lock()
	defer l.mutex.Unlock()
	// Who reads it may be gone, which is no reason for a job to fail.
	_, _ = l.to.Write(append(text, '\n'))
}

// Longer lines are passed on in parts.
const longestLine = 16 << 10

// lines passes on what a process prints, each line with what it is of; a line that is an object keeps its own fields.
type lines struct {
	log    *jsonLog
	of     fields
	stream string
	rest   []byte
}

func (w *lines) Write(chunk []byte) (int, error) {
	w.rest = append(w.rest, chunk...)
	for {
		at := bytes.IndexByte(w.rest, '\n')
		if at < 0 && len(w.rest) < longestLine {
			return len(chunk), nil
		}
		end, next := at, at+1
		if at < 0 || at > longestLine {
			end, next = longestLine, longestLine
		}
		w.pass(w.rest[:end])
		w.rest = append(w.rest[:0], w.rest[next:]...)
	}
}

// Close passes on what came without an end of its line.
func (w *lines) Close() {
	if len(w.rest) > 0 {
		w.pass(w.rest)
		w.rest = nil
	}
}

func (w *lines) pass(text []byte) {
	text = bytes.TrimRight(text, "\r")
	var own fields
	if len(text) > 0 && text[0] == '{' && json.Unmarshal(text, &own) == nil {
		for key, value := range w.of {
			own[key] = value
		}
		w.log.write(own)
		return
	}
	level := "info"
	if w.stream == "stderr" {
		level = "warn"
	}
	more := fields{"stream": w.stream}
	for key, value := range w.of {
		more[key] = value
	}
	w.log.say(level, string(text), more)
}
