"""What a reader does with the public map beyond looking: layers in detail, own data, drawing, print, embedding, sharing."""
