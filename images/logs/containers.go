package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// owner is the stack whose containers are read.
type owner struct{ prefix, project, stack string }

// container is what its lines say of it.
type container struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Workload string `json:"workload"`
	Process  string `json:"process"`
	Instance string `json:"instance"`
	Image    string `json:"image"`
	Created  string `json:"created"`
	// Path of its log.
	log string
}

// described reads what Docker keeps of a container, and nothing of its environment; none where it is of another stack.
func (of owner) described(folder, id string) (*container, error) {
	text, err := os.ReadFile(filepath.Join(folder, id, "config.v2.json"))
	if err != nil {
		return nil, err
	}
	var config struct {
		Name    string
		Created string
		Config  struct {
			Image  string
			Labels map[string]string
		}
	}
	if err := json.Unmarshal(text, &config); err != nil {
		return nil, err
	}
	labels := config.Config.Labels
	if labels["dev.keelson.project"] != of.project || labels["dev.keelson.stack"] != of.stack {
		return nil, nil
	}
	found := &container{
		ID:       id,
		Name:     strings.TrimPrefix(config.Name, "/"),
		Workload: labels["dev.keelson.workload"],
		Image:    config.Config.Image,
		Created:  config.Created,
		log:      filepath.Join(folder, id, id+"-json.log"),
	}
	found.Process, found.Instance = of.processName(found.Name, found.Workload)
	return found, nil
}

var (
	generated = regexp.MustCompile(`-[0-9a-f]{7}$`)
	number    = regexp.MustCompile(`^\d+$`)
	numbered  = regexp.MustCompile(`-\d+$`)
)

// processName gives the name of what runs in a container, by which `keelson logs` calls it.
func (of owner) processName(name, role string) (process, instance string) {
	instance = generated.ReplaceAllString(strings.TrimPrefix(name, of.prefix+"-"), "")
	if instance == role || role == "" || role == "jobs" || !strings.HasPrefix(instance, role+"-") {
		return instance, instance
	}
	rest := instance[len(role)+1:]
	// Only what runs more than once is numbered.
	if number.MatchString(rest) {
		return role, instance
	}
	return numbered.ReplaceAllString(rest, ""), rest
}
