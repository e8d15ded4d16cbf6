// The slider appears with this script; without it the maps are as they were drawn.
const slider = document.getElementById("opacity");
slider.parentElement.hidden = false;
const show = () => document.body.style.setProperty("--maps", slider.value / 100);
slider.addEventListener("input", show);
show();
