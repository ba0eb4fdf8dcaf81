"""Photos in and out: reading any camera's file as upright sRGB, checking it, writing it."""
