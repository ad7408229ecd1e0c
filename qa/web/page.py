"""The Streamlit script: `streamlit run app.py` and `speechqa serve` run it. It sets up and draws."""

import streamlit as st

from index import SpeechIndexError
from qa import QuestionError
from qa.web.admission import admitted
from qa.web.chat import NAME, draw, plain
from qa.web.resources import shared


def main() -> None:
    """Set the page up and draw it, or say why it cannot be drawn."""
    st.set_page_config(page_title=NAME, page_icon="📖", layout="centered")
    try:
        resources = shared()
        may = admitted(resources)
        if may is not None:
            draw(resources, may)
    except (SpeechIndexError, QuestionError) as error:
        st.html(f'<p role="alert">{plain(str(error))}</p>')


if __name__ == "__main__":
    main()
