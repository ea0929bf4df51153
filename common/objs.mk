archives += common
common-objs := \
	common/error.o \
	common/bytes.o \
	common/hex.o \
	common/base64.o \
	common/file.o \
	common/json.o \
	common/refill.o \
	common/json_span.o \
	common/json_file.o \
	common/log.o \
	common/text.o \
	common/timefmt.o
