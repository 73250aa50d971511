"""The HTML document around the app: language, marks, and no word about the software behind it."""

from __future__ import annotations

import re

from dashboard.i18n import HTML_LANGUAGE, translator

MARKS = {
    "met": '<path d="M2.5 8.5 6.2 12.2 13.5 4.2" fill="none" stroke="currentColor" stroke-width="2.6"/>',
    "on_track": '<circle cx="8" cy="8" r="4.6" fill="currentColor"/>',
    "in_progress": '<circle cx="8" cy="8" r="4.6" fill="none" stroke="currentColor" stroke-width="2.4"/>',
    "slipping": '<path d="M8 2.4 14.2 13.4H1.8Z" fill="currentColor"/>',
    "behind": '<path d="M8 1.4 14.6 8 8 14.6 1.4 8Z" fill="currentColor"/>',
    "missed": '<rect x="2.6" y="2.6" width="10.8" height="10.8" fill="currentColor"/>',
    "breached": '<path d="M3.2 3.2 12.8 12.8M12.8 3.2 3.2 12.8" stroke="currentColor" stroke-width="3"/>',
    "unreported": (
        '<rect x="2.6" y="2.6" width="10.8" height="10.8" fill="none" stroke="currentColor" stroke-width="1.2"/>'
        '<path d="M2.6 8 8 2.6M2.6 13.4 13.4 2.6M8 13.4 13.4 8" stroke="currentColor" stroke-width="1.2"/>'
    ),
    "monitor": '<path d="M3 8H13" stroke="currentColor" stroke-width="2.4"/>',
}
"""The shape of each light; colour alone never carries it."""


def index_template(language: str) -> str:
    """The document Dash fills in."""
    _ = translator(language)
    title, script = _("达标"), _("本页需要 JavaScript。请在浏览器设置中允许。")
    offline = _("连接中断，正在显示上一次的内容。")
    failed = _("这部分没有取到，正在显示上一次的内容。请稍后刷新。")
    symbols = "".join(f'<symbol id="mark-{name}" viewBox="0 0 16 16">{path}</symbol>' for name, path in MARKS.items())
    return f"""<!DOCTYPE html>
<html lang="{HTML_LANGUAGE[language]}">
<head>
{{%metas%}}
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
{{%favicon%}}
{{%css%}}
</head>
<body>
<svg width="0" height="0" aria-hidden="true" class="marks">{symbols}</svg>
<div id="connection" role="alert" hidden data-offline="{offline}" data-failed="{failed}"></div>
{{%app_entry%}}
<div hidden>{{%config%}}{{%scripts%}}{{%renderer%}}</div>
<noscript>{script}</noscript>
</body>
</html>"""


def clean_index(document: str, language: str) -> str:
    """Take out what Dash says about the server, and its English loading text."""
    _ = translator(language)
    document = re.sub(r'"python_version":\s*"[^"]*"', '"python_version":""', document)
    return document.replace("Loading...", _("加载中…"))
