package main

import (
	"encoding/json"
	"regexp"
	"strings"
)

var levels = []string{"trace", "debug", "info", "warn", "error", "fatal"}

var levelNames = map[string]string{
	"trace": "trace", "debug": "debug",
	"info": "info", "information": "info", "notice": "info", "log": "info",
	"warn": "warn", "warning": "warn",
	"error": "error", "err": "error", "severe": "error", "alert": "error",
	"fatal": "fatal", "critical": "fatal", "crit": "fatal", "panic": "fatal", "emerg": "fatal",
}

// Forms in which a line names its level, the surest first: the same as in cli/commands/logs/level.ts.
var levelForms = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(?:^|[\s,{])"?(?:level|lvl|severity)"?[=:]\s*"?([A-Za-z]+)`),
	regexp.MustCompile(`(?:^|\s)([A-Z]{3,11}):\s`),
	regexp.MustCompile(`^[^A-Za-z]*(?:UTC )?(?:\[\d+\] )?([A-Z]{3,11})\b`),
	regexp.MustCompile(`^\W*([A-Za-z]{3,11})[\]:]`),
	regexp.MustCompile(`\[([A-Za-z]{3,11})\]`),
	regexp.MustCompile(`\[[^\]]*\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|CRITICAL)\b`),
}

var (
	colours      = regexp.MustCompile("\x1b\\[[\\d;]*m")
	continuation = regexp.MustCompile(`^(\s+\S|Caused by: |Traceback |\w*(Error|Exception)\b.*: )`)
)

// A level stands at the beginning: no more of a line is searched for one.
const searched = 4 << 10

// levelOf returns the level of a line, empty where it says none.
func levelOf(text string) string {
	if trimmed := strings.TrimLeft(text, " \t"); strings.HasPrefix(trimmed, "{") {
		if found := levelInJSON(trimmed); found != "" {
			return found
		}
	}
	plain := beginning(text)
	for _, form := range levelForms {
		if found := form.FindStringSubmatch(plain); found != nil {
			if level := levelNames[strings.ToLower(found[1])]; level != "" {
				return level
			}
		}
	}
	return ""
}

func isContinuation(text string) bool { return continuation.MatchString(beginning(text)) }

func beginning(text string) string {
	if len(text) > searched {
		text = text[:searched]
	}
	if strings.Contains(text, "\x1b") {
		text = colours.ReplaceAllString(text, "")
	}
	return text
}

func levelInJSON(text string) string {
	var fields struct {
		Level    any `json:"level"`
		Lvl      any `json:"lvl"`
		Severity any `json:"severity"`
		LogLevel any `json:"loglevel"`
		Dotted   any `json:"log.level"`
	}
	if json.Unmarshal([]byte(text), &fields) != nil {
		return ""
	}
	for _, value := range []any{fields.Level, fields.Lvl, fields.Severity, fields.LogLevel, fields.Dotted} {
		switch found := value.(type) {
		case string:
			return levelNames[strings.ToLower(found)]
		case float64:
			// As pino and bunyan count.
			return levels[min(5, max(0, int(found/10)-1))]
		}
	}
	return ""
}
