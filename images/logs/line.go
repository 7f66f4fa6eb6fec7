package main

import (
	"bytes"
	"encoding/json"
	"strings"
)

// line is one of a log, as it is kept and shipped.
type line struct {
	Time      string `json:"time"`
	Level     string `json:"level,omitempty"`
	Stack     string `json:"stack"`
	Process   string `json:"process"`
	Instance  string `json:"instance"`
	Container string `json:"container"`
	Release   string `json:"release"`
	Stream    string `json:"stream"`
	Message   string `json:"message"`
}

// entry is a line of Docker's json-file driver.
type entry struct {
	Log    string `json:"log"`
	Stream string `json:"stream"`
	Time   string `json:"time"`
}

// Docker keeps a longer line in parts, which have no end of a line but the last; longer ones are kept in pieces.
const longestLine = 64 << 10

// shaper makes lines of the entries of one container.
type shaper struct {
	of    *container
	stack string
	parts map[string]*entry
	last  map[string]string
}

func newShaper(of *container, stack string) *shaper {
	return &shaper{of: of, stack: stack, parts: map[string]*entry{}, last: map[string]string{}}
}

// take returns the kept form of an entry, with the end of its line; none where more of it is to come.
func (s *shaper) take(text []byte) []byte {
	var got entry
	if err := json.Unmarshal(text, &got); err != nil {
		// What a host that lost its power has left of a file.
		got = entry{Log: strings.ToValidUTF8(string(bytes.Trim(text, "\x00")), "\uFFFD") + "\n", Stream: "stderr"}
		if got.Log == "\n" {
			return nil
		}
	}
	if before := s.parts[got.Stream]; before != nil {
		before.Log += got.Log
		got = *before
		delete(s.parts, got.Stream)
	}
	if !strings.HasSuffix(got.Log, "\n") && len(got.Log) < longestLine {
		s.parts[got.Stream] = &got
		return nil
	}
	return s.shaped(got)
}

// rest returns what came without an end of its line from a container that has ended.
func (s *shaper) rest() [][]byte {
	var all [][]byte
	for stream, part := range s.parts {
		all = append(all, s.shaped(*part))
		delete(s.parts, stream)
	}
	return all
}

func (s *shaper) shaped(got entry) []byte {
	message := strings.TrimSuffix(strings.TrimSuffix(got.Log, "\n"), "\r")
	level := levelOf(message)
	if level == "" && isContinuation(message) {
		level = s.last[got.Stream]
	} else {
		s.last[got.Stream] = level
	}
	out := &bytes.Buffer{}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(line{
		Time:      fixedTime(got.Time),
		Level:     level,
		Stack:     s.stack,
		Process:   s.of.Process,
		Instance:  s.of.Instance,
		Container: s.of.Name,
		Release:   s.of.Image,
		Stream:    got.Stream,
		Message:   message,
	})
	return out.Bytes()
}

// fixedTime gives a time nine digits of a second, so that texts of it are in its order.
func fixedTime(text string) string {
	whole, rest, _ := strings.Cut(strings.TrimSuffix(text, "Z"), ".")
	if len(whole) != 19 {
		return text
	}
	return whole + "." + (rest + "000000000")[:9] + "Z"
}
