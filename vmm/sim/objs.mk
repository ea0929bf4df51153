# The simulated secure processor; `make SIM=0` leaves it out of hc-vmm and of the tests.
ifeq ($(SIM),1)
archives += sim
sim-objs := \
	vmm/sim/sim_der.o \
	vmm/sim/sim_mailbox.o \
	vmm/sim/sim_pki.o \
	vmm/sim/sim_psp.o \
	vmm/sim/sim_report.o \
	vmm/sim/sim_x509.o
endif
