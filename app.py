"""The chat page: `streamlit run app.py`. It sets up and draws; the parts are in qa/web/."""

from qa.web.page import main

main()
