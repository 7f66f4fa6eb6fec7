package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// collector keeps the lines of a stack's containers.
type collector struct {
	folder, state string
	of            owner
	kept          *segments
	// Containers of other stacks: they are looked at once.
	others map[string]bool
	known  map[string]*follower
	// When a container was first seen that has not been described or has no log yet.
	young   map[string]time.Time
	gone    []described
	trimmed time.Time
	buffer  []byte
	saved   string
}

// described is a container in the file of what is known of it.
type described struct {
	container
	Place place `json:"place"`
	// When it was read to its end.
	Ended string `json:"ended,omitempty"`
}

const (
	stateName  = "containers.json"
	quick      = 20 * time.Millisecond
	youth      = 5 * time.Second
	bufferSize = 256 << 10
)

func newCollector(folder, state string, of owner, kept *segments) (*collector, error) {
	c := &collector{
		folder: folder, state: state, of: of, kept: kept,
		others: map[string]bool{}, known: map[string]*follower{}, young: map[string]time.Time{},
	}
	if err := os.MkdirAll(state, 0o700); err != nil {
		return nil, err
	}
	before, err := readState(state)
	if err != nil {
		return nil, err
	}
	for _, each := range before {
		if each.Ended != "" {
			c.gone = append(c.gone, each)
			continue
		}
		of := each.container
		of.log = filepath.Join(folder, of.ID, of.ID+"-json.log")
		c.known[of.ID] = &follower{of: &of, shaper: newShaper(&of, c.of.prefix), safe: each.Place}
	}
	return c, nil
}

func readState(folder string) ([]described, error) {
	text, err := os.ReadFile(filepath.Join(folder, stateName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all []described
	return all, json.Unmarshal(text, &all)
}

// turn keeps all that is new.
func (c *collector) turn() error {
	for {
		if err := c.find(); err != nil {
			return err
		}
		more, err := c.follow()
		if err := errors.Join(err, c.flush(), c.trim()); err != nil {
			return err
		}
		if err := c.save(); err != nil {
			return err
		}
		if !more && !c.hasYoung() {
			return nil
		}
		if !more {
			time.Sleep(quick)
		}
	}
}

// find looks for containers that are new.
func (c *collector) find() error {
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		return err
	}
	present := map[string]bool{}
	for _, entry := range entries {
		id := entry.Name()
		present[id] = true
		if c.others[id] || c.known[id] != nil || len(id) != 64 {
			continue
		}
		found, err := c.of.described(c.folder, id)
		switch {
		case err != nil:
			// Docker has only begun to write it, or has deleted it again.
			c.isYoung(id)
		case found == nil:
			c.others[id] = true
			delete(c.young, id)
		default:
			c.known[id] = &follower{of: found, shaper: newShaper(found, c.of.prefix)}
		}
	}
	for id := range c.others {
		if !present[id] {
			delete(c.others, id)
		}
	}
	for id := range c.young {
		if !present[id] {
			delete(c.young, id)
		}
	}
	return nil
}

// isYoung notes a container that is looked at again at once: it may be gone soon.
func (c *collector) isYoung(id string) {
	if _, isKnown := c.young[id]; !isKnown {
		c.young[id] = c.kept.now()
	}
}

// hasYoung tells whether there is one; what stays so is not started yet, or no container.
func (c *collector) hasYoung() bool {
	for _, since := range c.young {
		if c.kept.now().Sub(since) < youth {
			return true
		}
	}
	return false
}

func (c *collector) follow() (bool, error) {
	anyMore := false
	var problems error
	for id, each := range c.known {
		isFresh := each.file == nil && each.safe == place{}
		more, ended, err := each.turn(c.write)
		if err != nil {
			problems = errors.Join(problems, err)
			continue
		}
		anyMore = anyMore || more
		switch {
		case ended:
			each.close()
			delete(c.known, id)
			delete(c.young, id)
			c.gone = append(c.gone, described{*each.of, each.safe, c.kept.now().UTC().Format(time.RFC3339)})
		case each.file != nil:
			delete(c.young, id)
		case isFresh && c.createdLately(each.of):
			c.isYoung(id)
		}
	}
	return anyMore, problems
}

func (c *collector) createdLately(of *container) bool {
	created, err := time.Parse(time.RFC3339Nano, of.Created)
	return err == nil && c.kept.now().Sub(created) < youth
}

// write gathers lines, so that the disk is written to seldom.
func (c *collector) write(line []byte) error {
	if len(c.buffer) >= bufferSize {
		// Before it is taken: a line that is refused is read again.
		if err := c.flush(); err != nil {
			return err
		}
	}
	c.buffer = append(c.buffer, line...)
	return nil
}

func (c *collector) flush() error {
	if len(c.buffer) == 0 {
		return nil
	}
	if err := c.kept.write(c.buffer); err != nil {
		return err
	}
	c.buffer = c.buffer[:0]
	return nil
}

func (c *collector) trim() error {
	if c.kept.now().Sub(c.trimmed) < 2*time.Second {
		return nil
	}
	c.trimmed = c.kept.now()
	still := c.gone[:0]
	for _, each := range c.gone {
		ended, err := time.Parse(time.RFC3339, each.Ended)
		if err == nil && c.kept.now().Sub(ended) < c.kept.limits.age {
			still = append(still, each)
		}
	}
	c.gone = still
	return c.kept.trim()
}

// save notes how far all was read; after a kill some lines are there twice, and none is missing.
func (c *collector) save() error {
	if len(c.buffer) > 0 {
		return nil
	}
	all := append([]described{}, c.gone...)
	for _, each := range c.known {
		all = append(all, described{container: *each.of, Place: each.safe})
	}
	sortByID(all)
	text, err := json.Marshal(all)
	if err != nil || string(text) == c.saved {
		return err
	}
	path := filepath.Join(c.state, stateName)
	if err := os.WriteFile(path+".part", text, 0o600); err != nil {
		return err
	}
	if err := os.Rename(path+".part", path); err != nil {
		return err
	}
	c.saved = string(text)
	return nil
}
