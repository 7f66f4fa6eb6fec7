module keelson.dev/runner

go 1.24
