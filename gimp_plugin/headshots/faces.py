"""Where faces are, and how much of a picture belongs to each. Doesn't depend on GIMP."""


def in_layer(boxes, pixels):
    """Boxes (x, y, width, height) of faces in samples of `Pixels`, in the layer's own pixels."""
    left, top, wide, high = pixels.area
    across, down = wide / pixels.width, high / pixels.height
    return [
        (
            left + each["x"] * across,
            top + each["y"] * down,
            each["width"] * across,
            each["height"] * down,
        )
        for each in boxes
    ]


def area_of(face, others, size, aside, above, below):
    """The part of a picture that belongs to a face: (x, y, width, height), whole numbers.

    Args:
        face: its box. others: those of the other faces; the part ends half-way to each.
        size: (width, height) of the picture.
        aside, above, below: how far the part goes beyond the box, in the box's width or height.
    """
    x, y, width, height = face
    left, right = x - aside * width, x + (1 + aside) * width
    top, bottom = y - above * height, y + (1 + below) * height
    for other in others:
        if other == face:
            continue
        ox, oy, wide, high = other
        beside = max(ox - (x + width), x - (ox + wide))
        stacked = max(oy - (y + height), y - (oy + high))
        if beside >= stacked:  # one stands beside the other rather than above it
            if ox > x:
                right = min(right, (x + width + max(ox, x + width)) / 2)
            else:
                left = max(left, (x + min(ox + wide, x)) / 2)
        elif oy > y:
            bottom = min(bottom, (y + height + max(oy, y + height)) / 2)
        else:
            top = max(top, (y + min(oy + high, y)) / 2)
    left, top = max(0, round(left)), max(0, round(top))
    right, bottom = min(size[0], round(right)), min(size[1], round(bottom))
    return left, top, max(1, right - left), max(1, bottom - top)


def at(point, boxes):
    """Place of the box that holds `point`, (x, y), or of the nearest; None where there are none."""

    def off(box):
        x, y, width, height = box
        return max(x - point[0], point[0] - x - width, 0) + max(
            y - point[1], point[1] - y - height, 0
        )

    return min(range(len(boxes)), key=lambda place: off(boxes[place])) if boxes else None
