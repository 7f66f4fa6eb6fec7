package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

// limits of what is kept.
type limits struct {
	bytes int64
	age   time.Duration
}

// segments are the files of kept lines, `<number>.log`: only the newest is written to, and the oldest is deleted first.
type segments struct {
	folder string
	limits limits
	now    func() time.Time
	file   *os.File
	size   int64
	begun  time.Time
	number int
}

const parts = 32

// openSegments begins a new file: the one before may end within a line.
func openSegments(folder string, limits limits, now func() time.Time) (*segments, error) {
	s := &segments{folder: folder, limits: limits, now: now}
	numbers, err := segmentNumbers(folder)
	if err != nil {
		return nil, err
	}
	if len(numbers) > 0 {
		s.number = numbers[len(numbers)-1]
	}
	return s, s.next()
}

func segmentPath(folder string, number int) string {
	return filepath.Join(folder, fmt.Sprintf("%010d.log", number))
}

// segmentNumbers lists what is kept, oldest first.
func segmentNumbers(folder string) ([]int, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var numbers []int
	for _, entry := range entries {
		name, isLog := strings.CutSuffix(entry.Name(), ".log")
		if number, err := strconv.Atoi(name); isLog && err == nil {
			numbers = append(numbers, number)
		}
	}
	sort.Ints(numbers)
	return numbers, nil
}

func (s *segments) next() error {
	if s.file != nil {
		if err := s.file.Close(); err != nil {
			return err
		}
		s.file = nil
	}
	// Whoever ships them reads them, and nobody else is in the volume.
	file, err := os.OpenFile(segmentPath(s.folder, s.number+1), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	s.number++
	s.file, s.size, s.begun = file, 0, s.now()
	return nil
}

// write appends whole lines. What could not be written whole is taken back.
func (s *segments) write(lines []byte) error {
	if s.file == nil {
		if err := s.next(); err != nil {
			return err
		}
	}
	if _, err := s.file.WriteAt(lines, s.size); err != nil {
		_ = s.file.Truncate(s.size)
		return err
	}
	s.size += int64(len(lines))
	if s.size < s.limits.bytes/parts {
		return nil
	}
	return s.next()
}

// trim begins another file where the present one is old, and deletes what is too old or too much.
func (s *segments) trim() error {
	if s.size > 0 && s.now().Sub(s.begun) > s.limits.age/parts {
		if err := s.next(); err != nil {
			return err
		}
	}
	numbers, err := segmentNumbers(s.folder)
	if err != nil {
		return err
	}
	var total int64
	for index := len(numbers) - 1; index >= 0; index-- {
		path := segmentPath(s.folder, numbers[index])
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		total += info.Size()
		isOld := s.now().Sub(info.ModTime()) > s.limits.age
		if numbers[index] == s.number || (total <= s.limits.bytes && !isOld) {
			continue
		}
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	return nil
}
