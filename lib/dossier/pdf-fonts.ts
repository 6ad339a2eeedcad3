/** The fonts of pages for people, as addresses of files of a package. */
export const REGULAR = import.meta.resolve('@expo-google-fonts/noto-sans/400Regular/NotoSans_400Regular.ttf');
export const BOLD = import.meta.resolve('@expo-google-fonts/noto-sans/700Bold/NotoSans_700Bold.ttf');
export const FONTS = [REGULAR, BOLD];
