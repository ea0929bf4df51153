progs += measure-speed
measure-speed-objs := tests/bench/measure_speed.o
measure-speed-archives := measure crypto common
measure-speed-libs := -lmbedcrypto
