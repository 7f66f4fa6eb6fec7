package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// place is how far the log of a container has been read.
type place struct {
	Inode  uint64 `json:"inode"`
	Offset int64  `json:"offset"`
}

// follower reads the log of one container. It holds the file open, so that what is written before the container is
// deleted, and with it the file, can be read after that.
type follower struct {
	of     *container
	shaper *shaper
	file   *os.File
	read   *bufio.Reader
	inode  uint64
	offset int64
	// Bytes of a line whose end is not written yet.
	tail []byte
	// Where to go on after a restart: before a line of which not all parts are there.
	safe place
}

// Docker's max-file, and more of it than any container of ours has.
const mostRotated = 9

// Most that is read of one container before the others have their turn.
const turnBytes = 8 << 20

func (f *follower) close() {
	if f.file != nil {
		_ = f.file.Close()
		f.file = nil
	}
}

// turn hands on what is new. It tells whether there is more, and whether nothing will come any more.
func (f *follower) turn(write func([]byte) error) (more, ended bool, err error) {
	if f.file == nil {
		if opened, err := f.open(); err != nil || !opened {
			return false, err == nil && f.isGone(), err
		}
	}
	for budget := turnBytes; budget > 0; {
		read, err := f.drain(budget, write)
		if err != nil {
			return false, false, err
		}
		if budget -= read; budget <= 0 {
			break
		}
		moved, err := f.follow(write)
		if err != nil {
			return false, false, err
		}
		if moved {
			continue
		}
		if !f.isGone() {
			return false, false, nil
		}
		// Nobody writes to it any more.
		if read, err := f.drain(turnBytes, write); err != nil || read > 0 {
			return read > 0, false, err
		}
		for _, each := range f.shaper.rest() {
			if err := write(each); err != nil {
				return false, false, err
			}
		}
		return false, true, nil
	}
	return true, false, nil
}

func (f *follower) isGone() bool {
	_, err := os.Stat(filepath.Dir(f.of.log))
	return errors.Is(err, fs.ErrNotExist)
}

// open finds the file that was read last, and else the oldest.
func (f *follower) open() (bool, error) {
	files, err := f.files()
	if err != nil || len(files) == 0 {
		return false, err
	}
	chosen, offset := 0, int64(0)
	for index, each := range files {
		if each.inode == f.safe.Inode && each.size >= f.safe.Offset {
			chosen, offset = index, f.safe.Offset
		}
	}
	return true, f.take(files, chosen, offset)
}

// follow goes on with the next file once Docker has begun one.
func (f *follower) follow(write func([]byte) error) (bool, error) {
	info, err := os.Stat(f.of.log)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if inodeOf(info) == f.inode {
		return false, nil
	}
	// It was renamed, and is not written to any more: this is the rest of it.
	for {
		read, err := f.drain(turnBytes, write)
		if err != nil {
			return false, err
		}
		if read == 0 {
			break
		}
	}
	files, err := f.files()
	if err != nil || len(files) == 0 {
		return false, err
	}
	next := 0
	for index, each := range files {
		if each.inode == f.inode {
			next = index + 1
		}
	}
	if next == len(files) {
		closeAll(files)
		return false, nil
	}
	if next == 0 {
		say("warn", fmt.Sprintf("%s writes faster than its lines can be kept: Docker has deleted some", f.of.Name))
	}
	f.close()
	return true, f.take(files, next, 0)
}

// opened is a file of a log.
type opened struct {
	file  *os.File
	inode uint64
	size  int64
}

// files opens the files of a log, oldest first; one that Docker renames meanwhile is among them once.
func (f *follower) files() ([]opened, error) {
	var files []opened
	seen := map[uint64]bool{}
	for number := mostRotated; number >= 0; number-- {
		path := f.of.log
		if number > 0 {
			path = fmt.Sprintf("%s.%d", path, number)
		}
		file, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			closeAll(files)
			return nil, err
		}
		info, err := file.Stat()
		if err != nil || seen[inodeOf(info)] {
			_ = file.Close()
			continue
		}
		seen[inodeOf(info)] = true
		files = append(files, opened{file, inodeOf(info), info.Size()})
	}
	return files, nil
}

func (f *follower) take(files []opened, index int, offset int64) error {
	chosen := files[index]
	for other := range files {
		if other != index {
			_ = files[other].file.Close()
		}
	}
	if _, err := chosen.file.Seek(offset, io.SeekStart); err != nil {
		_ = chosen.file.Close()
		return err
	}
	f.file, f.inode, f.offset, f.tail = chosen.file, chosen.inode, offset, nil
	f.read = bufio.NewReaderSize(chosen.file, 64<<10)
	return nil
}

func closeAll(files []opened) {
	for _, each := range files {
		_ = each.file.Close()
	}
}

func inodeOf(info fs.FileInfo) uint64 { return info.Sys().(*syscall.Stat_t).Ino }

// drain hands on whole lines until the end of the file, or until so many bytes were read.
func (f *follower) drain(budget int, write func([]byte) error) (int, error) {
	total := 0
	for total < budget {
		text, err := f.read.ReadSlice('\n')
		total += len(text)
		f.tail = append(f.tail, text...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		if shaped := f.shaper.take(bytes.TrimSuffix(f.tail, []byte("\n"))); shaped != nil {
			if err := write(shaped); err != nil {
				return total, f.again(err)
			}
		}
		f.offset += int64(len(f.tail))
		f.tail = f.tail[:0]
		if len(f.shaper.parts) == 0 {
			f.safe = place{f.inode, f.offset}
		}
	}
	return total, nil
}

// again goes back to the last line that was kept.
func (f *follower) again(err error) error {
	f.close()
	f.shaper.parts = map[string]*entry{}
	return err
}
