"""大屏: what a wall shows, drawn on the server as SVG, and the doors it comes in by.

``definition`` and ``geometry`` are pure; ``drawing`` makes pictures of cards, ``views`` cards of a reading,
``playlist`` pictures of a definition; ``doors`` answers screens, ``devices`` knows who they are.
"""
