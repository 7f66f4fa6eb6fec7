package main

import (
	"encoding/json"
	"os"
	"time"
)

// say writes a line of the collector's own log.
func say(level, message string) {
	line := struct {
		Time    string `json:"time"`
		Level   string `json:"level"`
		Message string `json:"message"`
	}{time.Now().UTC().Format("2006-01-02T15:04:05.000Z"), level, message}
	if text, err := json.Marshal(line); err == nil {
		_, _ = os.Stderr.Write(append(text, '\n'))
	}
}
