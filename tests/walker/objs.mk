# A freestanding guest for tests/e2e/walker.sh, packed as a bzImage.
WALKER_CFLAGS := -std=gnu17 -O1 -g $(WARN) -ffreestanding -fno-pic -mcmodel=small -mno-red-zone \
	-mgeneral-regs-only -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables \
	-fno-strict-aliasing -ffile-prefix-map=$(CURDIR)=. -I. -MMD -MP
WALKER_OBJS := $(patsubst %,$(B)/obj/tests/walker/%.o,head main ports mem pci virtio requests random convert)

$(B)/obj/tests/walker/%.o: tests/walker/%.c $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(WALKER_CFLAGS) -c $< -o $@
$(B)/obj/tests/walker/%.o: tests/walker/%.S $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(WALKER_CFLAGS) -c $< -o $@

$(B)/tests/walker/walker.elf: $(WALKER_OBJS) tests/walker/walker.ld
	@mkdir -p $(@D)
	$(Q)$(CC) -nostdlib -static -no-pie -Wl,--build-id=none -Wl,-z,noexecstack \
		-Wl,--no-warn-rwx-segments -T tests/walker/walker.ld -o $@ $(WALKER_OBJS)
$(B)/tests/walker/walker.bzimage: $(B)/tests/walker/walker.elf
	$(if $(Q),@echo "  IMAGE $@")
	$(Q)objcopy -O binary $< $@

.PHONY: walker
walker: $(B)/tests/walker/walker.bzimage
all: walker
