module keelson.dev/logs

go 1.24
