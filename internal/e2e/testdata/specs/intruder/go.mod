module example.com/intruder

go 1.24
