/** The process is alive, whether it serves or not (RuokCommand). */
export const ruok = (): string => 'imok';
