"""A coverage service (WCS 1.0.0) of one GeoTIFF on this machine, as QGIS and GDAL ask one.

A program of its own, since QGIS waits for the network while it holds Python.
Usage: python tests/plugin/coverage_service.py SCENE (prints its address)
"""

from __future__ import annotations

import http.server
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from osgeo import gdal, osr

gdal.UseExceptions()

_SPACES = (
    'version="1.0.0" xmlns="http://www.opengis.net/wcs" xmlns:gml="http://www.opengis.net/gml" '
    'xmlns:xlink="http://www.w3.org/1999/xlink"'
)
_BRIEF = """<name>scene</name><label>scene</label><lonLatEnvelope srsName="urn:ogc:def:crs:OGC:1.3:CRS84">
<gml:pos>{west} {south}</gml:pos><gml:pos>{east} {north}</gml:pos></lonLatEnvelope>"""
_CAPABILITIES = """<?xml version="1.0"?><WCS_Capabilities {spaces}>
<Service><name>test</name><label>test</label></Service>
<Capability><Request>{requests}</Request></Capability>
<ContentMetadata><CoverageOfferingBrief>{brief}</CoverageOfferingBrief></ContentMetadata></WCS_Capabilities>"""
_REQUEST = """<{name}><DCPType><HTTP><Get><OnlineResource xlink:href="{url}"/></Get></HTTP></DCPType></{name}>"""
_COVERAGE = """<?xml version="1.0"?><CoverageDescription {spaces}><CoverageOffering>{brief}
<domainSet><spatialDomain><gml:Envelope srsName="{crs}"><gml:pos>{left} {bottom}</gml:pos>
<gml:pos>{right} {top}</gml:pos></gml:Envelope><gml:RectifiedGrid srsName="{crs}" dimension="2"><gml:limits>
<gml:GridEnvelope><gml:low>0 0</gml:low><gml:high>{last_col} {last_row}</gml:high></gml:GridEnvelope></gml:limits>
<gml:axisName>x</gml:axisName><gml:axisName>y</gml:axisName><gml:origin><gml:pos>{x0} {y0}</gml:pos></gml:origin>
<gml:offsetVector>{dx} 0</gml:offsetVector><gml:offsetVector>0 {dy}</gml:offsetVector></gml:RectifiedGrid>
</spatialDomain></domainSet>
<rangeSet><RangeSet><name>backscatter</name><label>backscatter</label></RangeSet></rangeSet>
<supportedCRSs><requestResponseCRSs>{crs}</requestResponseCRSs><nativeCRSs>{crs}</nativeCRSs></supportedCRSs>
<supportedFormats nativeFormat="GeoTIFF"><formats>GeoTIFF</formats></supportedFormats>
</CoverageOffering></CoverageDescription>"""


class Coverage:
    """A GeoTIFF and what a service says and gives of it."""

    def __init__(self, scene: str) -> None:
        self._file = gdal.Open(scene)
        left, dx, _, top, _, dy = self._file.GetGeoTransform()
        width, height = self._file.RasterXSize, self._file.RasterYSize
        system = self._file.GetSpatialRef()
        lon_lat = osr.SpatialReference()
        lon_lat.ImportFromEPSG(4326)
        for each in (system, lon_lat):
            each.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
        right, bottom = left + width * dx, top + height * dy
        transform = osr.CoordinateTransformation(system, lon_lat)
        corners = [transform.TransformPoint(x, y)[:2] for x in (left, right) for y in (bottom, top)]
        self._facts = {
            "spaces": _SPACES, "crs": f"EPSG:{system.GetAuthorityCode(None)}", "left": left, "right": right,
            "top": top, "bottom": bottom, "last_col": width - 1, "last_row": height - 1, "x0": left + dx / 2,
            "y0": top + dy / 2, "dx": dx, "dy": dy, "west": min(x for x, _ in corners),
            "east": max(x for x, _ in corners), "south": min(y for _, y in corners),
            "north": max(y for _, y in corners),
        }  # fmt: skip

    def answer(self, url: str, wishes: dict[str, str]) -> tuple[str, bytes]:
        """Return the media type and the body of an answer."""
        brief = _BRIEF.format(**self._facts)
        if wishes["request"] == "GetCoverage":
            return "image/tiff", self._cut(wishes)
        if wishes["request"] == "DescribeCoverage":
            return "text/xml", _COVERAGE.format(brief=brief, **self._facts).encode()
        names = ("GetCapabilities", "DescribeCoverage", "GetCoverage")
        requests = "".join(_REQUEST.format(name=name, url=url) for name in names)
        return "text/xml", _CAPABILITIES.format(brief=brief, requests=requests, **self._facts).encode()

    def _cut(self, wishes: dict[str, str]) -> bytes:
        west, south, east, north = (float(value) for value in wishes["bbox"].split(","))
        gdal.Translate(
            "/vsimem/cut.tif", self._file, projWin=(west, north, east, south),
            width=int(wishes["width"]), height=int(wishes["height"]),
        )  # fmt: skip
        size = gdal.VSIStatL("/vsimem/cut.tif").size
        file = gdal.VSIFOpenL("/vsimem/cut.tif", "rb")
        try:
            return bytes(gdal.VSIFReadL(1, size, file))
        finally:
            gdal.VSIFCloseL(file)


@contextmanager
def serving(scene: Path) -> Iterator[str]:
    """Serve a scene, and yield the address of the service."""
    command = [sys.executable, __file__, str(scene)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield child.stdout.readline().strip()
    finally:
        child.kill()
        child.communicate()


def main() -> None:
    """Serve until the end."""
    coverage = Coverage(sys.argv[1])

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            """Answer."""
            wishes = {name.lower(): value for name, value in parse_qsl(urlsplit(self.path).query)}
            kind, body = coverage.answer(f"http://{self.headers['Host']}/?", wishes)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = socketserver.TCPServer(("127.0.0.1", 0), Handler)  # HTTPServer asks for the name of its host
    sys.stdout.write(f"http://127.0.0.1:{server.server_address[1]}/?\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
