// Before the first paint, so that a chosen theme does not flash; src/ui/theme.ts writes what is read here.
const theme = localStorage.getItem('theme')
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
