"""The bridge at work: the effects of `openline.bridge`."""
