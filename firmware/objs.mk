.PHONY: firmware
firmware:
