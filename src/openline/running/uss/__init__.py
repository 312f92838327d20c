"""The node's own USS at work: the effects of `openline.utm.uss`."""
