"""The Streamlit page: `streamlit run app.py`. It sets up and draws; the parts are in qa/web/page.py."""

import streamlit as st

from index import SpeechIndexError
from qa import Engine, QuestionError, load_settings, open_engine
from qa.web.page import answer_html, error_html, first_screen_html, question_html


@st.cache_resource(show_spinner="正在打开讲话……")
def engine() -> Engine:
    """Open the index once for all sessions."""
    return open_engine(settings=load_settings())


def main() -> None:
    """Draw the conversation, then answer what was typed."""
    st.set_page_config(page_title="讲话问答", page_icon="📖")
    try:
        opened = engine()
    except (SpeechIndexError, QuestionError) as error:
        st.html(error_html(str(error)))
        return
    st.html(first_screen_html(opened.snapshot.documents))
    turns: list[str] = st.session_state.setdefault("turns", [])
    typed = st.chat_input("请输入问题", max_chars=opened.settings.question_limit)
    if typed:
        turns.append(typed)
    for number, question in enumerate(turns):
        st.html(question_html(question))
        try:
            st.html(answer_html(opened.ask(question, history=turns[:number])))
        except QuestionError as error:
            st.html(error_html(str(error)))


main()
