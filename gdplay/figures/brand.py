"""The app's name and sign, for the header, the browser's tab and shared links."""

NAME = "gdplay"
ABOUT = (
    "See gradient descent: batch, mini-batch and stochastic side by side, on real data, on the "
    "true loss surface."
)

# A bowl, and three steps down into it.
_BOWL = (
    '<path d="M3 6C6 26 26 26 29 6" fill="none" stroke="#0072B2" stroke-width="3" '
    'stroke-linecap="round"/><path d="M7 7 11 14 14.5 18" fill="none" stroke="#E69F00" '
    'stroke-width="1.6"/><g fill="#E69F00"><circle cx="7" cy="7" r="2.3"/>'
    '<circle cx="11" cy="14" r="2.3"/><circle cx="14.5" cy="18" r="2.3"/></g>'
)

ICON = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{_BOWL}</svg>'


def logo(ink: str) -> str:
    """Return the sign beside the name, in SVG, the name in a colour."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="136" height="32" viewBox="0 0 136 32">'
        f'{_BOWL}<text x="38" y="22.5" font-family="Source Sans, sans-serif" font-size="21" '
        f'font-weight="650" fill="{ink}">{NAME}</text></svg>'
    )
