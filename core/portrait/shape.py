"""The sitter's shape from one photo: normals and depth of face, head and body on a coarse grid.

The face comes from the 478-point mesh, hair and ears from an ellipsoid around it, the body from an
inflated silhouette; the three are feathered together. That is enough for relighting, which works on
ratios of smooth shading.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.head_pose import head_frame
from ..faces.regions import CHIN, FOREHEAD_TOP, LEFT_SIDE, OVAL, RIGHT_SIDE
from ..images import Float, Mask, blur, resize

Vectors = NDArray[np.float64]
Bool = NDArray[np.bool_]

_FACE_CELLS = 100  # grid cells across the face: shading is smooth, finer shows no difference
_MESH = 468  # the irises (468..477) are no part of the surface


@dataclass(frozen=True, eq=False)
class Shape:
    """The sitter's shape on a grid (h, w).

    scale: grid cells per plate pixel.
    face_width: in grid cells.
    normals: unit vectors, float32 (h, w, 3): x right, y up, z to the camera.
    depth: float32 (h, w) in grid cells, larger towards the camera.
    face, head: weights of the mesh and of the ellipsoid, 0..1.
    mesh: 1 where the mesh lies, else 0.
    matte: the sitter's coverage, 0..1.
    axes: float64 (3, 3), whose rows are the face's right (image +x), up and forward directions.
    landmarks: float32 (478, 3) in grid cells, y down.
    """

    scale: float
    face_width: float
    normals: Float
    depth: Float
    face: Mask
    head: Mask
    mesh: Mask
    matte: Mask
    axes: Vectors
    landmarks: Float


def model(face: Face, crown: float, matte: Mask) -> Shape:
    """Model the sitter of a levelled plate.

    face: in pixels of the plate.
    crown: row of the top of the hair.
    matte: float32 (H, W) 0..1.
    """
    scale = min(1.0, _FACE_CELLS / face.width)
    rows, columns = matte.shape
    width, height = max(8, round(columns * scale)), max(8, round(rows * scale))
    small = np.clip(resize(matte, width, height), 0, 1)
    points = face.landmarks * np.float32(scale)
    axes = head_frame(points).astype(np.float64)
    fw = float(np.linalg.norm(points[RIGHT_SIDE] - points[LEFT_SIDE]))
    face_normals, face_depth, mesh = _face_surface(points, axes, fw, (height, width))
    head_normals, head_depth, radius = _head_surface(points, axes, crown * scale, (height, width))
    body_normals, bulge = _body_surface(small)

    chin_x, chin_y = points[CHIN, 0], points[CHIN, 1]
    y = np.mgrid[0:height, 0:width][0].astype(np.float32)
    core = np.asarray(cv2.erode(mesh, _square(0.05 * fw)), np.float32)
    face_weight = blur(core, 0.045 * fw)
    head_weight = np.clip((1.25 - radius) / 0.25, 0, 1)
    head_weight = head_weight * np.clip((chin_y + 0.05 * fw - y) / (0.18 * fw), 0, 1)
    head_weight = blur(head_weight.astype(np.float32), 0.05 * fw)

    normals = _mix(body_normals, head_normals, head_weight)
    normals = _mix(normals, face_normals, face_weight)
    normals = _unit(blur(normals, 0.018 * fw))

    # The chest lies a quarter face width behind the skull's middle, and never before the chin.
    chin_depth = float(face_depth[_inside(chin_y - 2, height), _inside(chin_x, width)])
    shoulders = float(bulge[_inside(chin_y + 5, height)].max()) * 0.5
    body_depth = float(head_depth.min()) - 0.25 * fw + 0.35 * (bulge - shoulders)
    body_depth = np.minimum(body_depth, chin_depth - 0.12 * fw)
    depth = body_depth * (1 - head_weight) + head_depth * head_weight
    join = blur(mesh, 0.02 * fw) * mesh
    depth = depth * (1 - join) + face_depth * join
    return Shape(
        scale=scale,
        face_width=fw,
        normals=normals,
        depth=np.asarray(depth, np.float32),
        face=face_weight,
        head=head_weight,
        mesh=mesh,
        matte=small,
        axes=axes,
        landmarks=np.asarray(points, np.float32),
    )


def _face_surface(
    landmarks: Float, axes: Vectors, fw: float, size: tuple[int, int]
) -> tuple[Float, Float, Mask]:
    """Normals, depth and coverage of the face mesh, smoothed across its rim."""
    points = landmarks[:_MESH].astype(np.float64) * (1, -1, 1)
    triangles = _triangles(points, axes, fw)
    a, b, c = (points[triangles[:, i]] for i in range(3))
    facing = np.cross(b - a, c - a)
    middle = points[list(OVAL)].mean(0) - axes[2] * 0.25 * fw
    facing *= np.sign((((a + b + c) / 3 - middle) * facing).sum(1))[:, None]  # all outwards
    normals = np.zeros((_MESH, 3))
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], facing)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    values = np.concatenate([normals, points[:, 2:]], 1)
    image, mesh = _rasterise(landmarks[:_MESH].astype(np.float64), triangles, values, size)
    sigma = 0.012 * fw
    near = np.maximum(blur(mesh, 1.6 * sigma), 1e-3)[..., None]
    smooth = _unit(blur(image[..., :3] * mesh[..., None], 1.6 * sigma) / near)
    depth = blur(image[..., 3] * mesh, sigma) / np.maximum(blur(mesh, sigma), 1e-3)
    return smooth, np.asarray(depth, np.float32), mesh


def _triangles(points: Vectors, axes: Vectors, fw: float) -> NDArray[np.intp]:
    """Delaunay triangles of the mesh, unrolled on a cylinder, inside the face oval."""
    from scipy.spatial import Delaunay

    local = (points - points.mean(0)) @ axes.T
    local[:, 2] += 0.6 * fw - local[:, 2].max()
    around = np.arctan2(local[:, 0], local[:, 2] + 0.15 * fw) * 0.6 * fw
    flat = np.stack([around, local[:, 1]], 1)
    triangles = np.asarray(Delaunay(flat).simplices, np.intp)
    oval = flat[list(OVAL)].astype(np.float32).reshape(-1, 1, 2)
    inside = [
        cv2.pointPolygonTest(oval, (float(x), float(y)), False) >= 0
        for x, y in flat[triangles].mean(1)
    ]
    return triangles[inside]


def _rasterise(
    points: Vectors, triangles: NDArray[np.intp], values: Vectors, size: tuple[int, int]
) -> tuple[Float, Mask]:
    """Interpolate values of points over triangles; the one nearest to the camera wins."""
    height, width = size
    nearest = np.full(size, -np.inf)
    image = np.zeros((height, width, values.shape[1]), np.float32)
    for corners in triangles:
        p = points[corners]
        x0, y0 = np.maximum(np.floor(p[:, :2].min(0)).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(p[:, :2].max(0)).astype(int) + 1, (width, height))
        (ax, ay), (bx, by), (cx, cy) = p[:, :2]
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if x1 <= x0 or y1 <= y0 or abs(area) < 1e-9:
            continue
        x, y = np.arange(x0, x1), np.arange(y0, y1)[:, None]
        second = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
        third = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
        first = 1 - second - third
        z = first * p[0, 2] + second * p[1, 2] + third * p[2, 2]
        window = nearest[y0:y1, x0:x1]
        hit = (first >= -1e-3) & (second >= -1e-3) & (third >= -1e-3) & (z > window)
        window[hit] = z[hit]
        shares = np.stack([first[hit], second[hit], third[hit]], 1)
        image[y0:y1, x0:x1][hit] = shares @ values[corners]
    return image, np.isfinite(nearest).astype(np.float32)


def _head_surface(
    landmarks: Float, axes: Vectors, crown: float, size: tuple[int, int]
) -> tuple[Float, Float, Float]:
    """Normals and depth of an ellipsoid around the skull, and its radius at each cell.

    The radius is 1 on the ellipsoid's outline.
    """
    points = landmarks.astype(np.float64) * (1, -1, 1)
    right, up, forward = axes
    tall = float((points[FOREHEAD_TOP] - points[CHIN]) @ up)
    tall += max(0.0, float(landmarks[FOREHEAD_TOP, 1]) - crown)
    half_x = 0.55 * float(np.linalg.norm(points[RIGHT_SIDE] - points[LEFT_SIDE]))
    half_y, half_z = 0.52 * tall, 1.28 * half_x
    eyes = (points[33] + points[263]) / 2
    centre = points[CHIN] + up * tall * 0.5
    # The ellipsoid's front lies just behind the eyes, so that the mesh stands out of it.
    centre -= forward * ((centre - eyes) @ forward) + forward * half_z * 0.92
    sides = (points[LEFT_SIDE] + points[RIGHT_SIDE]) / 2
    centre[:2] += (right * ((sides - centre) @ right))[:2]

    quadric = axes.T @ np.diag([half_x**-2, half_y**-2, half_z**-2]) @ axes
    y, x = np.mgrid[0 : size[0], 0 : size[1]].astype(np.float64)
    dx, dy = x - centre[0], -y - centre[1]
    qa = quadric[2, 2]
    qb = 2 * (quadric[0, 2] * dx + quadric[1, 2] * dy)
    qc = quadric[0, 0] * dx * dx + quadric[1, 1] * dy * dy + 2 * quadric[0, 1] * dx * dy - 1
    dz = (-qb + np.sqrt(np.maximum(qb**2 - 4 * qa * qc, 0))) / (2 * qa)
    normals = _unit(np.stack([dx, dy, dz], 2) @ quadric.T)
    depth = np.where(qc < 0, dz + centre[2], centre[2])
    return normals, np.asarray(depth, np.float32), np.sqrt(np.maximum(qc + 1, 0)).astype(np.float32)


def _body_surface(matte: Mask) -> tuple[Float, Float]:
    """Normals and height of the silhouette, inflated like a balloon.

    The square root of the solution of Poisson's equation, zero at the outline, free at the
    picture's edges.
    """
    from scipy.sparse import csr_matrix, diags
    from scipy.sparse.linalg import spsolve

    cell = 4
    rows, columns = matte.shape
    solid = resize(matte, max(2, columns // cell), max(2, rows // cell)) > 0.5
    number = np.where(solid, np.cumsum(solid).reshape(solid.shape) - 1, -1)
    count = int(solid.sum())
    height = np.zeros(solid.shape, np.float32)
    if count:
        y, x = np.nonzero(solid)
        degree = np.zeros(count)
        pairs: list[tuple[NDArray[np.intp], NDArray[np.intp]]] = []
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            ny, nx = y + dy, x + dx
            within = (ny >= 0) & (ny < solid.shape[0]) & (nx >= 0) & (nx < solid.shape[1])
            degree += within
            other = np.full(count, -1)
            other[within] = number[ny[within], nx[within]]
            pairs.append((np.nonzero(other >= 0)[0], other[other >= 0]))
        row, column = (np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
        links = csr_matrix((np.full(len(row), -1.0), (row, column)), (count, count))
        # A little regularisation, as a silhouette that fills the picture has no outline.
        system = (links + diags(degree + 1e-6)).tocsc()
        solved = np.asarray(spsolve(system, np.ones(count)), np.float64)
        height[solid] = np.sqrt(np.maximum(solved, 0)) * cell
    height = blur(resize(height, columns, rows), 4)
    slope = 1.6 / 8
    gx = np.asarray(cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)) * slope
    gy = np.asarray(cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)) * slope
    # Chests lean back a little: 0.12 upwards.
    return _unit(np.stack([-gx, gy + 0.12, np.ones_like(gx)], 2)), height


def _mix(under: Float, over: Float, weight: Mask) -> Float:
    return _unit(under * (1 - weight)[..., None] + over * weight[..., None])


def _unit(vectors: NDArray[np.floating]) -> Float:
    length = np.linalg.norm(vectors, axis=2, keepdims=True)
    return np.asarray(vectors / np.maximum(length, 1e-6), np.float32)


def _square(radius: float) -> NDArray[np.uint8]:
    side = 2 * max(1, round(radius)) + 1
    return np.ones((side, side), np.uint8)


def _inside(position: float, size: int) -> int:
    return int(np.clip(position, 0, size - 1))
