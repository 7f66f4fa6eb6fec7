package main

import "syscall"

// watchFolder tells of each new entry of a folder; several at once may be told as one.
func watchFolder(folder string) (<-chan struct{}, error) {
	fd, err := syscall.InotifyInit1(syscall.IN_CLOEXEC)
	if err != nil {
		return nil, err
	}
	if _, err := syscall.InotifyAddWatch(fd, folder, syscall.IN_CREATE|syscall.IN_MOVED_TO); err != nil {
		return nil, err
	}
	wake := make(chan struct{}, 1)
	go func() {
		buffer := make([]byte, 64<<10)
		for {
			if _, err := syscall.Read(fd, buffer); err != nil {
				if err == syscall.EINTR {
					continue
				}
				say("warn", "new containers are found twice a second from now on: "+err.Error())
				return
			}
			select {
			case wake <- struct{}{}:
			default:
			}
		}
	}()
	return wake, nil
}
