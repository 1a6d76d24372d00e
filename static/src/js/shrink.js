// Photographs are made smaller on the phone before they are sent; the canvas leaves their hidden data (place, device) behind.
const LONGEST = 2400; // px
const SMALL = 600_000; // bytes: not worth the work

/** The photograph as a smaller JPEG, or the file itself where it is none, or cannot be read here (HEIC on some). */
export async function shrink(file) {
  if (!/^image\/(jpeg|webp|heic|heif)$/.test(file.type) || file.size < SMALL) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file;
  }
}
