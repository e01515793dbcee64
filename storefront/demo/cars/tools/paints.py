"""The store's pictures: every paint of the demo catalogue on every car, from the side and three-quarter.

python tools/paints.py OUT PICTURES MODEL_VIEWER_JS CHROMIUM CATALOGUE     (needs playwright, pillow and PyYAML)

Side views share one canvas of 960 x 324 pixels and one scale (5.464 m wide), so cars stand beside each other in
true proportion. Three-quarter views are 1120 x 492. Names: VIEW-MODEL-PAINT-WHEEL.webp; the store looks for these.
"""

import functools
import http.server
import io
import sys
import threading
import urllib.parse
from pathlib import Path

import yaml
from PIL import Image
from playwright.sync_api import sync_playwright

FLAGS = (
    "--no-sandbox --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --use-angle=swiftshader --enable-unsafe-swiftshader --ignore-gpu-blocklist"
).split()
# model: car, length and height in metres, the variant whose paint is recoloured, wheel designs
MODELS = {
    "rill": ("hatch", 3.98, 1.575, "Dawn Gold", ("aero17", "sport18")),
    "vale": ("suv", 4.88, 1.71, "Jade Green", ("aero19", "sport21")),
    "haven": ("sedan", 5.15, 1.495, "Ocean Blue", ("aero19", "sport21")),
}
# finish: metallic, roughness
FINISHES = {"solid": (0, 0.35), "metallic": (0.38, 0.36), "pearl": (0.22, 0.32), "candy": (0.5, 0.28), "matte": (0.25, 0.66), "two-tone": (0.4, 0.34)}
WHEELS_JS = r"""(n)=>{for(const m of mv.model.materials){if(/_(aero|sport)\d+$/.test(m.name)){const c=m.pbrMetallicRoughness.baseColorFactor;
c[3]=m.name.endsWith(n)?1:0;m.pbrMetallicRoughness.setBaseColorFactor(c)}}}"""
PAINT_JS = """([c,v,me,ro])=>{for(const m of mv.model.materials){if(m.name==='paint '+v){const p=m.pbrMetallicRoughness;
p.setBaseColorFactor([...c,1]);p.setMetallicFactor(me);p.setRoughnessFactor(ro)}}}"""


def base_colour(hex_code):
    """Linear light, a little greyer and darker than the swatch: the studio light brightens and saturates."""
    channels = [int(hex_code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in channels]
    grey = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    light = 0.97 if grey > 0.75 else 0.80
    return [light * (0.8 * x + 0.2 * grey) for x in linear]


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the viewer's page, its script and the cars."""

    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map, ".glb": "model/gltf-binary", ".js": "text/javascript"}

    def __init__(self, *args, files, folder, **kwargs):
        self.files = files
        super().__init__(*args, directory=folder, **kwargs)

    def log_message(self, *_):
        """Quiet."""

    def translate_path(self, path):
        name = urllib.parse.urlparse(path).path.lstrip("/")
        return self.files.get(name) or super().translate_path(path)


def fitted(image, view):
    """The picture on its canvas."""
    if view == "side":
        return image.resize((960, 324), Image.LANCZOS)
    box = image.getchannel("A").point(lambda v: 255 if v > 6 else 0).getbbox()
    car = image.crop(box)
    car = car.resize((round(car.width * 0.885), round(car.height * 0.885)), Image.LANCZOS)
    canvas = Image.new("RGBA", (1120, 492), (0, 0, 0, 0))
    canvas.paste(car, ((1120 - car.width) // 2, max(0, 492 - car.height - 2)))
    return canvas


def camera(view, length, height):
    """Size of the window and the viewer's camera."""
    if view == "side":
        return (1440, 486), {"o": "90deg 88.5deg 16m", "t": "0m 0.80m 0m", "f": "6.35deg"}
    far = max(length / 4.82, height / 1.47)
    return (1500, 660), {"o": f"42deg 80deg {8.1 * far:.2f}m", "t": f"0m {height * 0.42:.2f}m 0.02m", "f": "17.2deg"}


def main(out, pictures, script, chromium, catalogue):
    files = {"view.html": str(Path(__file__).with_name("view.html")), "model-viewer.min.js": script}
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, files=files, folder=out))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Path(pictures).mkdir(parents=True, exist_ok=True)
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, headless=True, args=FLAGS)
        for model, (car, length, height, variant, wheels) in MODELS.items():
            options = yaml.safe_load(Path(catalogue, "models", model, "options.yaml").read_text())["options"]
            for view in ("side", "q"):
                size, look = camera(view, length, height)
                page = browser.new_page(viewport={"width": size[0], "height": size[1]})
                query = urllib.parse.urlencode({"m": car, "bg": "transparent", "e": "1.0", "v": variant, **look})
                page.goto(f"http://127.0.0.1:{server.server_port}/view.html?{query}")
                page.wait_for_function("()=>mv.loaded&&mv.modelIsVisible", timeout=180_000)
                page.wait_for_timeout(1500)
                for wheel in wheels:
                    page.evaluate(WHEELS_JS, wheel)
                    for option in (o for o in options if o["group"] == "paint"):
                        swatch, code = option["swatch"], option["code"].removeprefix("paint-")
                        page.evaluate(PAINT_JS, [base_colour(swatch["hex"]), variant, *FINISHES[swatch["finish"]]])
                        page.wait_for_timeout(900)
                        shot = Image.open(io.BytesIO(page.screenshot(omit_background=True, timeout=180_000)))
                        target = Path(pictures, f"{view}-{model}-{code}-{wheel.rstrip('0123456789')}.webp")
                        fitted(shot, view).save(target, "webp", quality=76, method=6)
                        print(target.name, target.stat().st_size, flush=True)
                page.close()
        browser.close()


main(*sys.argv[1:])
