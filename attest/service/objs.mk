archives += service
service-objs := \
	attest/service/archive.o \
	attest/service/config.o \
	attest/service/http.o \
	attest/service/kbs.o \
	attest/service/listen.o \
	attest/service/mirror.o \
	attest/service/resource.o \
	attest/service/sandbox.o \
	attest/service/session.o \
	attest/service/signer.o \
	attest/service/token.o

progs += hc-verifierd
hc-verifierd-objs := attest/service/hc_verifierd.o
hc-verifierd-archives := service kbs jose verify policy result endorse evidence crypto messages common
hc-verifierd-libs := -lmicrohttpd -lgnutls -ljansson -lmbedx509 $(crypto-libs) -lcap-ng -lpthread
