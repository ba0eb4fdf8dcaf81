"""The shared core: photos -> faces -> identity -> generation -> scoring -> refinement -> delivery."""
