package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"
)

func sortByID(all []described) {
	sort.Slice(all, func(a, b int) bool { return all[a].ID < all[b].ID })
}

// read prints kept lines as they are, oldest first: of some containers, or what is known of all.
func read(args []string, folder string, to io.Writer) error {
	flags := flag.NewFlagSet("read", flag.ContinueOnError)
	from := flags.String("since", "", "from a duration ago, or from a time")
	only := flags.String("only", "", "names of containers, with commas between them")
	listed := flags.Bool("containers", false, "print what is known of the containers")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *listed {
		all, err := readState(filepath.Join(folder, "state"))
		if err != nil {
			return err
		}
		return json.NewEncoder(to).Encode(append([]described{}, all...))
	}
	since, err := sinceTime(*from, time.Now())
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	for _, name := range strings.Split(*only, ",") {
		wanted[name] = true
	}
	numbers, err := segmentNumbers(folder)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(to, 64<<10)
	for _, number := range numbers {
		if err := printSegment(segmentPath(folder, number), since, wanted, out); err != nil {
			return err
		}
	}
	return out.Flush()
}

// sinceTime gives the time of a duration ago, or a time, as those of lines are written.
func sinceTime(text string, now time.Time) (string, error) {
	if text == "" {
		return "", nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if ago, wrong := time.ParseDuration(text); wrong == nil {
		at, err = now.Add(-ago), nil
	}
	return at.UTC().Format("2006-01-02T15:04:05.000000000Z"), err
}

func printSegment(path, since string, wanted map[string]bool, out io.Writer) error {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		// It was too old meanwhile.
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReaderSize(file, 64<<10)
	for {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			// The rest is the beginning of a line that is being written.
			return nil
		}
		if err != nil {
			return err
		}
		var of struct {
			Time      string `json:"time"`
			Container string `json:"container"`
		}
		if json.Unmarshal(text, &of) != nil || of.Time < since || !wanted[of.Container] {
			continue
		}
		if _, err := out.Write(text); err != nil {
			return err
		}
	}
}
