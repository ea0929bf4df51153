# filled as the folder grows
-include vmm/sim/objs.mk
